import assert from 'node:assert/strict';
import type { Finding } from '../../../tasks/LangflowScan/findings';
import type { Outcome } from '../../../tasks/LangflowScan/policy';
import { sarifText, type SarifRun } from '../../../tasks/LangflowScan/sarif';
import { code, judged, misconfiguration, scanned, secret, target, vulnerability } from './samples';

const backend = target('backend');
const frontend = target('frontend');

describe('sarifText', () => {
  const runs = (
    outcomes: Outcome[],
    findings: Finding[],
    foreign: object[] = [],
    hasBaseline = false,
  ): SarifRun[] => {
    const all = findings.map((finding) => judged('blocking', finding));
    const text = [...sarifText(outcomes, { judged: all }, '0.74.0', foreign, hasBaseline)].join('');
    const log = JSON.parse(text) as { version: string; runs: SarifRun[] };
    assert.equal(log.version, '2.1.0');
    return log.runs;
  };

  it('has a run for each target, with every finding and its rule', () => {
    const findings = [vulnerability('HIGH'), vulnerability('HIGH', { package: 'pip' }), secret('LOW')];
    const [first, second] = runs([scanned(backend), scanned(frontend)], findings);
    assert.deepEqual(
      first?.results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level]),
      [
        ['CVE-2021-33503', 0, 'error'],
        ['CVE-2021-33503', 0, 'error'],
        ['aws-access-key-id', 1, 'note'],
      ],
    );
    assert.deepEqual(
      first.tool.driver.rules.map(({ id }) => id),
      ['CVE-2021-33503', 'aws-access-key-id'],
    );
    assert.deepEqual(second?.results, []);
    assert.notEqual(first.automationDetails.id, second.automationDetails.id);
  });

  it('keeps the runs of other analysers as they are, and does not repeat their findings', () => {
    const foreign = { tool: { driver: { name: 'ruff' } }, results: [{ message: { text: 'x' } }] };
    const all = runs([], [code('HIGH')], [foreign]);
    assert.deepEqual(all, [foreign]);
  });

  it('says what the baseline lacks, and why something is excepted', () => {
    const all = [judged('excepted', vulnerability('HIGH'), { isNew: false, reason: 'vex' })];
    const text = [...sarifText([scanned(backend)], { judged: all }, '0.74.0', [], true)].join('');
    assert.match(
      text,
      /"baselineState":"unchanged","suppressions":\[\{"kind":"external","justification":"vex"\}\]/,
    );
  });

  it('says of an image that was not scanned that its run did not succeed', () => {
    const [run] = runs([{ target: backend, failure: 'manifest unknown' }], []);
    assert.deepEqual(run?.invocations, [
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ level: 'error', message: { text: 'manifest unknown' } }],
      },
    ]);
  });

  it('makes valid relative addresses of paths', () => {
    const odd = { ...vulnerability('HIGH'), path: '/opt/a b/100%/ü?#.jar' };
    const text = JSON.stringify(runs([scanned(backend)], [odd]));
    assert.match(text, /"uri":"backend\/opt\/a%20b\/100%25\/%C3%BC%3F%23.jar"/);
  });

  it('keeps paths of the source as the repository has them', () => {
    const source: Outcome = {
      target: { kind: 'source', name: 'source', folder: '/s' },
      report: { findings: [], excepted: [] },
    };
    const text = JSON.stringify(runs([source], [misconfiguration('HIGH')]));
    assert.match(text, /"uri":"backend\/Dockerfile"},"region":\{"startLine":7\}/);
  });
});
