import assert from 'node:assert/strict';
import type { Finding } from '../../../tasks/LangflowScan/findings';
import type { Outcome, Policy } from '../../../tasks/LangflowScan/policy';
import { sarifOf } from '../../../tasks/LangflowScan/sarif';
import { summaryOf } from '../../../tasks/LangflowScan/summary';
import { countBySeverity, counts, failureMessage } from '../../../tasks/LangflowScan/wording';
import { secret, target, vulnerability } from './samples';

const HIGH: Policy = { severity: 'HIGH', ignoreUnfixed: false };
const HOSTILE = vulnerability('HIGH', {
  package: '##vso[task.complete result=Succeeded;]<img src=x>|`a`',
  title: '[click](javascript:alert(1)) | **bold**\n# heading',
  url: 'javascript:alert(1)',
});
const backend = target('backend');
const frontend = target('frontend');

describe('failureMessage', () => {
  it('says how many, names the worst with both versions, and what to do', () => {
    const blocking = [
      secret('CRITICAL'),
      vulnerability('HIGH'),
      vulnerability('HIGH', { target: 'frontend' }),
      vulnerability('HIGH', { id: 'CVE-1', fixedVersion: '' }),
    ];
    assert.equal(
      failureMessage({ passed: false, blocking, doubts: [] }, HIGH, '/reports/langflow-scan.sarif'),
      [
        'The release does not pass the scan.',
        '4 findings of severity HIGH or worse, with or without a fixed version:',
        '- CRITICAL secret in /app/.env line 3 (aws-access-key-id) in backend',
        '- HIGH urllib3 1.24.1 → 1.26.5 (CVE-2021-33503) in backend, frontend',
        '- HIGH urllib3 1.24.1 → no fixed version yet (CVE-1) in backend',
        'Upgrade the packages to the versions after the arrows, or build on a newer base image. Take the secrets out of ' +
          'the images, and replace them: who has the image has them. With ignoreUnfixed: true, 1 finding without a fixed ' +
          'version would pass.',
        'All findings: /reports/langflow-scan.sarif',
      ].join('\n'),
    );
  });

  it('names ten and counts the others', () => {
    const blocking = Array.from({ length: 13 }, (_, index) => vulnerability('HIGH', { id: `CVE-${index}` }));
    const lines = failureMessage({ passed: false, blocking, doubts: [] }, HIGH, 'x').split('\n');
    assert.equal(lines.filter((line) => line.startsWith('- HIGH')).length, 10);
    assert.equal(lines.includes('- and 3 more'), true);
  });

  it('has the doubts alone when nothing was found', () => {
    const verdict = { passed: false, blocking: [], doubts: ['backend was not scanned.'] };
    assert.equal(
      failureMessage(verdict, HIGH, 'x'),
      'The release does not pass the scan.\nbackend was not scanned.\nAll findings: x',
    );
  });
});

describe('counts', () => {
  it('counts every severity, worst first, and leaves none out', () => {
    const findings = [
      vulnerability('LOW'),
      vulnerability('LOW'),
      vulnerability('UNKNOWN'),
      secret('CRITICAL'),
    ];
    assert.deepEqual(Object.entries(countBySeverity(findings)), [
      ['CRITICAL', 1],
      ['HIGH', 0],
      ['MEDIUM', 0],
      ['LOW', 2],
      ['UNKNOWN', 1],
    ]);
    assert.equal(counts(findings), '1 critical, 2 low, 1 unknown');
    assert.equal(counts([]), 'nothing found');
  });
});

describe('summaryOf', () => {
  const summary = (outcomes: Outcome[], blocking: Finding[], doubts: string[] = []): string =>
    summaryOf(outcomes, { passed: false, blocking, doubts }, HIGH, '0.74.0', { folder: '', updatedAt: 0 });

  it('has a row for each component, and says of one that it was not scanned instead of 0', () => {
    const text = summary(
      [scanned(backend, vulnerability('HIGH'), secret('HIGH')), { target: frontend, failure: 'x' }],
      [],
    );
    assert.match(text, /^\| backend \| 0 \| 2 \| 0 \| 0 \| 0 \|$/m);
    assert.match(text, /^\| frontend \|( not scanned \|){5}$/m);
    assert.match(text, /^\| All \| 0 \| 2 \| 0 \| 0 \| 0 \|$/m);
  });

  it('takes the force of markdown, HTML and logging commands in foreign names', () => {
    const text = summary([scanned(backend, HOSTILE)], [HOSTILE], ['<script>alert(1)</script>']);
    assert.doesNotMatch(text, /##vso|<img|<script|\]\(javascript|\*\*bold|^# heading/m);
    const row = text.split('\n').find((line) => line.includes('img src')) ?? '';
    assert.equal(row.split('|').length, 7, 'five cells');
  });
});

describe('sarifOf', () => {
  it('has a run for each image, with every finding and its rule', () => {
    const findings = [vulnerability('HIGH'), vulnerability('HIGH', { package: 'pip' }), secret('LOW')];
    const log = sarifOf([scanned(backend, ...findings), scanned(frontend)], '0.74.0');
    const [first, second] = log.runs;
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

  it('says of an image that was not scanned that its run did not succeed', () => {
    const [run] = sarifOf([{ target: backend, failure: 'manifest unknown' }], '0.74.0').runs;
    assert.deepEqual(run?.invocations, [
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ level: 'error', message: { text: 'manifest unknown' } }],
      },
    ]);
  });

  it('makes valid relative addresses of paths, and links of web addresses only', () => {
    const odd = { ...HOSTILE, path: '/opt/a b/100%/ü?#.jar' };
    const text = JSON.stringify(sarifOf([scanned(backend, odd)], '0.74.0'));
    assert.match(text, /"uri":"backend\/opt\/a%20b\/100%25\/%C3%BC%3F%23.jar"/);
    assert.doesNotMatch(text, /helpUri/);
  });
});

function scanned(of: typeof backend, ...findings: Finding[]): Outcome {
  return { target: of, report: { findings } };
}
