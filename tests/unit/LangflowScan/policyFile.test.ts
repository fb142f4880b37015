import assert from 'node:assert/strict';
import * as path from 'node:path';
import { YamlMistake } from '../../../tasks/common/yaml';
import { parsePolicy, readPolicy, type PolicyAndVex } from '../../../tasks/LangflowScan/policyFile';
import { shortPolicy } from '../../../tasks/LangflowScan/shortPolicy';

const SHORT = { severity: 'HIGH', ignoreUnfixed: false } as const;
const parse = (text: string): PolicyAndVex => parsePolicy(text, 'policy.yml', SHORT, '/nowhere');
const EXCEPTION = [
  '  - id: CVE-2024-1234',
  '    reason: not reachable from outside',
  '    owner: team-a',
  '    expires: 2027-01-31',
];

describe('parsePolicy', () => {
  it('takes from the inputs what it does not say', () => {
    assert.deepEqual(parse('# nothing\n').policy, shortPolicy(SHORT));
    assert.equal(parse('').policy.thresholds.licence, 'none');
  });

  it('goes before the inputs', () => {
    const { policy } = parse('ignoreUnfixed: true\nthresholds: { secret: LOW, licence: HIGH, code: none }\n');
    assert.deepEqual(policy.thresholds, {
      vulnerability: 'HIGH',
      misconfiguration: 'HIGH',
      secret: 'LOW',
      licence: 'HIGH',
      code: 'none',
    });
    assert.equal(policy.ignoreUnfixed, true);
  });

  it('reads exceptions with their place, which hold to the end of their day', () => {
    const [exception] = parse(['exceptions:', ...EXCEPTION].join('\n')).policy.exceptions;
    assert.equal(exception?.line, 2);
    assert.equal(exception.file, 'policy.yml');
    assert.equal(exception.expiresAt, Date.parse('2027-02-01T00:00:00Z'));
  });

  it('reads the sample', () => {
    const file = path.resolve(import.meta.dirname, '../../../samples/langflow/scan-policy.yml');
    assert.equal(readPolicy(file, SHORT).policy.exceptions.length, 1);
  });

  const without = (key: string): string =>
    ['exceptions:', ...EXCEPTION.filter((line) => !line.includes(`${key}:`))].join('\n');
  const mistakes: [string, string, RegExp][] = [
    [
      'a misspelt key',
      'tresholds: {}',
      /line 1, column 1: .*unknown key 'tresholds'; accepted are thresholds, ignoreUnfixed/,
    ],
    ['a misspelt kind', 'thresholds:\n  licens: HIGH', /line 2, column 3: .*'licens'.*licence/],
    [
      'a threshold that is none',
      'thresholds:\n  code: SEVERE',
      /line 2, column 3: thresholds\.code is "SEVERE"; accepted are CRITICAL/,
    ],
    ['an exception without a reason', without('reason'), /line 2, column 5: .*'reason'/],
    ['an exception without an owner', without('owner'), /'owner'/],
    ['an exception without an end', without('expires'), /'expires'/],
    [
      'a reason of one word',
      `exceptions:\n${EXCEPTION.join('\n').replace('not reachable from outside', 'ok')}`,
      /line 3, column 5: .*reason/,
    ],
    [
      'a day that is written otherwise',
      `exceptions:\n${EXCEPTION.join('\n').replace('2027-01-31', '31.1.2027')}`,
      /line 5, column 5: .*last day/,
    ],
    [
      'a day that is none',
      `exceptions:\n${EXCEPTION.join('\n').replace('01-31', '02-30')}`,
      /line 5, column 5: .*no day of the calendar/,
    ],
    [
      'a VEX file that is not there',
      'vex:\n  - vex.json',
      /line 2, column 5: vex\[0\]: there is no file \/nowhere\/vex\.json/,
    ],
    ['what is not YAML', 'thresholds: [', /line 1, column 14: this is not valid YAML/],
    ['a list', '- a', /the file is/],
  ];
  for (const [what, text, expected] of mistakes) {
    it(`refuses ${what}, with line and column`, () => {
      assert.throws(
        () => parse(text),
        (error) => error instanceof YamlMistake && (assert.match(error.message, expected), true),
      );
    });
  }
});
