import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathOf, readSarifFiles, type Analysis } from '../../../tasks/LangflowScan/sarifInput';

describe('readSarifFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sarif-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const readText = (text: string): Analysis => {
    const file = path.join(folder, 'a.sarif');
    writeFileSync(file, text);
    return readSarifFiles([file], '/src');
  };
  const read = (run: object): Analysis => readText(JSON.stringify({ version: '2.1.0', runs: [run] }));
  const driver = { name: 'ruff', rules: [{ id: 'S1', defaultConfiguration: { level: 'note' } }] };
  const result = {
    ruleId: 'S602',
    level: 'error',
    message: { text: 'shell' },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'file:///src/a%20b/run.py' }, region: { startLine: 3 } },
      },
    ],
  };
  const of = (...results: object[]): Analysis => read({ tool: { driver }, results });

  it('brings a result into the normal form', () => {
    assert.deepEqual(of(result).report.findings, [
      {
        kind: 'code',
        id: 'S602',
        severity: 'HIGH',
        title: '',
        target: 'source',
        path: 'a b/run.py',
        line: 3,
        tool: 'ruff',
        message: 'shell',
      },
    ]);
  });

  // What these programs wrote of one small folder: ruff 0.17.6, bandit 1.9.4, semgrep 1.185.0, ESLint 10.15.0.
  const analysers: Record<string, string[]> = {
    ruff: ['F401 HIGH app/run.py:2', 'S602 HIGH app/run.py:6', 'S307 HIGH app/run.py:10'],
    bandit: ['B404 LOW app/run.py:1', 'B602 HIGH app/run.py:6', 'B307 MEDIUM app/run.py:10'],
    semgrep: ['no-eval HIGH app/run.py:10'],
    eslint: ['no-unused-vars MEDIUM app/page.js:1', 'no-eval HIGH app/page.js:3'],
  };
  for (const [name, expected] of Object.entries(analysers)) {
    it(`reads what ${name} writes`, () => {
      const file = path.resolve(import.meta.dirname, '../../fixtures/scan', `${name}.sarif`);
      const { report, doubts } = readSarifFiles([file], '/src');
      const found = report.findings.map((one) => `${one.id} ${one.severity} ${one.path}:${one.line}`);
      assert.deepEqual(found, expected);
      assert.deepEqual(doubts, []);
    });
  }

  const rule = (properties: object): object => ({ name: 'x', rules: [{ id: 'R', properties }] });
  const severities: [string, object, string | undefined][] = [
    ['of an error', { level: 'error' }, 'HIGH'],
    ['of a warning', { level: 'warning' }, 'MEDIUM'],
    ['of a note', { level: 'note' }, 'LOW'],
    ['of none', { level: 'none' }, undefined],
    ['where nobody states one', { ruleId: 'other' }, 'MEDIUM'],
    ['that the rule states', { ruleId: 'S1', level: undefined }, 'LOW'],
    ['that the rule states by index', { ruleId: undefined, ruleIndex: 0, level: undefined }, 'LOW'],
    ['of what passes', { kind: 'pass' }, undefined],
    ['of what a person has to look at', { kind: 'review' }, 'MEDIUM'],
    ['of what is gone', { baselineState: 'absent' }, undefined],
  ];
  for (const [what, changes, expected] of severities) {
    it(`has the severity ${what}`, () => {
      const { findings } = of({ ...result, level: undefined, ...changes }).report;
      assert.equal(findings[0]?.severity, expected);
    });
  }
  for (const [score, expected] of [
    ['9.8', 'CRITICAL'],
    [7, 'HIGH'],
    ['5.0', 'MEDIUM'],
    ['0.1', 'LOW'],
    ['0.0', 'HIGH'],
  ] as const) {
    it(`goes by the CVSS score ${score} of the rule`, () => {
      const run = {
        tool: { driver: rule({ 'security-severity': score }) },
        results: [{ ...result, ruleId: 'R' }],
      };
      assert.equal(read(run).report.findings[0]?.severity, expected);
    });
  }

  it('does not count what is suppressed, unless the suppression was not accepted', () => {
    const { findings, excepted } = of(
      { ...result, suppressions: [{ kind: 'inSource', justification: 'noqa: checked' }] },
      { ...result, suppressions: [{ kind: 'external', status: 'underReview' }] },
      { ...result, suppressions: [] },
    ).report;
    assert.deepEqual(
      excepted.map(({ reason }) => reason),
      ['ruff: noqa: checked'],
    );
    assert.equal(findings.length, 2);
  });

  it('doubts a run that says that it failed', () => {
    const invocations = [
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ message: { text: 'cannot parse a.py' } }],
      },
    ];
    assert.match(
      read({ tool: { driver }, invocations, results: [] }).doubts.join(),
      /ruff says that it failed.*cannot parse a\.py/,
    );
    assert.deepEqual(
      read({ tool: { driver }, invocations: [{ executionSuccessful: true }], results: [] }).doubts,
      [],
    );
  });

  it('reads a file with a byte order mark', () => {
    assert.equal(
      readText(
        `\uFEFF${JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver }, results: [result] }] })}`,
      ).report.findings.length,
      1,
    );
  });

  const bad: [string, string, RegExp][] = [
    ['half a file', '{"version":"2.1.0","ru', /not a whole SARIF 2\.1\.0 file/],
    ['an empty file', '', /not a whole/],
    ['another version', JSON.stringify({ version: '2.0.0', runs: [] }), /version must be equal/],
    ['no run', JSON.stringify({ version: '2.1.0', runs: [] }), /runs must NOT have fewer/],
    [
      'a run without results',
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver } }] }),
      /'results'/,
    ],
    [
      'results that are null',
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver }, results: null }] }),
      /results must be array/,
    ],
    [
      'a level that is none',
      JSON.stringify({
        version: '2.1.0',
        runs: [{ tool: { driver }, results: [{ ...result, level: 'high' }] }],
      }),
      /level must be equal/,
    ],
    ['a report of another format', '[{"rule":"x"}]', /must be object/],
  ];
  for (const [what, text, expected] of bad) {
    it(`refuses ${what}, and names the file`, () => {
      assert.throws(
        () => readText(text),
        (error: Error) => (
          assert.match(error.message, expected),
          assert.match(error.message, /'sarifFiles'.*a\.sarif/),
          true
        ),
      );
    });
  }
});

describe('pathOf', () => {
  for (const [rules, sources, uri, expected] of [
    [path.posix, '/agent/1/s', 'file:///agent/1/s/app/a%20b.py', 'app/a b.py'],
    [path.posix, '/agent/1/s', 'file:///opt/lib.py', '/opt/lib.py'],
    [path.posix, '/agent/1/s', './app/run.py', 'app/run.py'],
    [path.win32, 'D:\\a\\1\\s', 'file:///D:/a/1/s/app/run.py', 'app/run.py'],
    [path.win32, 'D:\\a\\1\\s', 'file:///C:/lib/run.py', 'C:/lib/run.py'],
    [path.win32, 'D:\\a\\1\\s', 'app\\run.py', 'app/run.py'],
  ] as const)
    it(`finds ${uri} in ${sources} as ${expected}`, () => {
      assert.equal(pathOf(uri, sources, rules), expected);
    });
});
