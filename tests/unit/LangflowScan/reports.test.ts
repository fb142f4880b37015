import assert from 'node:assert/strict';
import { junitReport } from '../../../tasks/common/reports/junit';
import type { Finding } from '../../../tasks/LangflowScan/findings';
import { topFixes } from '../../../tasks/LangflowScan/fixes';
import { htmlOf } from '../../../tasks/LangflowScan/html';
import { issuesOf, logIssues } from '../../../tasks/LangflowScan/issues';
import { testCases } from '../../../tasks/LangflowScan/junit';
import type { Exception, Outcome, Policy } from '../../../tasks/LangflowScan/policy';
import { summaryOf } from '../../../tasks/LangflowScan/summary';
import { countBySeverity, counts, failureMessage, policyText } from '../../../tasks/LangflowScan/wording';
import { printedBy } from '../support/agent';
import {
  code,
  judged,
  misconfiguration,
  scanned,
  scanOf,
  secret,
  target,
  verdict,
  vulnerability,
} from './samples';

const HIGH: Policy = scanOf(verdict()).policy;
const HOSTILE = vulnerability('HIGH', {
  package: '##vso[task.complete result=Succeeded;]<img src=x>|`a`',
  title: '[click](javascript:alert(1)) | **bold**\n# heading\u0000',
  path: '"><script>alert(1)</script>',
  layer: '<b onload=x>',
});
const backend = target('backend');
const frontend = target('frontend');

describe('failureMessage', () => {
  it('says how many, names the gravest with both versions and every target, and what to do', () => {
    const findings = [
      secret('CRITICAL'),
      vulnerability('HIGH'),
      vulnerability('HIGH', { target: 'frontend' }),
      vulnerability('HIGH', { id: 'CVE-1', fixedVersion: '' }),
    ];
    const all = findings.map((finding) => judged('blocking', finding));
    assert.equal(
      failureMessage(
        verdict({ judged: [...all, judged('known', secret('LOW'))] }),
        HIGH,
        '/r/langflow-scan.html',
      ),
      [
        'The scan does not pass.',
        '4 findings of severity HIGH or worse (vulnerability, misconfiguration, secret, code), with or without a fixed version:',
        '- CRITICAL secret in /app/.env line 3 (aws-access-key-id) in backend',
        '- HIGH urllib3 1.24.1 → 1.26.5 (CVE-2021-33503) in backend, frontend',
        '- HIGH urllib3 1.24.1 → no fixed version yet (CVE-1) in backend',
        'Upgrade the packages to the versions after the arrows, or build on a newer base image. Take the secrets out, and ' +
          'replace them: who has the image or the repository has them. With ignoreUnfixed: true, 1 finding without a fixed ' +
          'version would pass.',
        'All findings: /r/langflow-scan.html',
      ].join('\n'),
    );
  });

  it('names ten and counts the others', () => {
    const all = many(13).map((finding) => judged('blocking', finding));
    const lines = failureMessage(verdict({ judged: all }), HIGH, 'x').split('\n');
    assert.equal(lines.filter((line) => line.startsWith('- HIGH')).length, 10);
    assert.equal(lines.includes('- and 3 more'), true);
  });

  it('has the doubts alone when nothing was found', () => {
    assert.equal(
      failureMessage(verdict({ doubts: ['backend was not scanned.'] }), HIGH, 'x'),
      'The scan does not pass.\nbackend was not scanned.\nAll findings: x',
    );
  });

  it('says whom to ask about an exception that ended', () => {
    const text = failureMessage(verdict({ expired: [exception('CVE-9')] }), HIGH, 'x');
    assert.match(text, /policy\.yml, line 4: the exception for CVE-9 ended on 2026-01-31.*Ask team-a\./);
  });
});

describe('policyText', () => {
  it('groups kinds by threshold and leaves out what fails nothing', () => {
    const thresholds = {
      vulnerability: 'CRITICAL',
      misconfiguration: 'HIGH',
      secret: 'HIGH',
      licence: 'none',
      code: 'none',
    } as const;
    assert.equal(
      policyText({ thresholds, ignoreUnfixed: true, exceptions: [] }),
      'CRITICAL (vulnerability), HIGH or worse (misconfiguration, secret), with a fixed version',
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

describe('topFixes', () => {
  it('adds up what one upgrade removes, to the version that removes all of it, gravest and most first', () => {
    const layer = 'RUN pip install';
    const findings = [
      vulnerability('HIGH', { id: 'A', fixedVersion: '1.26.5', layer }),
      vulnerability('HIGH', { id: 'B', fixedVersion: '1.26.18', layer, target: 'worker' }),
      vulnerability('CRITICAL', { id: 'C', package: 'pip', layer }),
      vulnerability('HIGH', { id: 'D', fixedVersion: '' }),
      secret('CRITICAL'),
    ];
    const all = findings.map((finding) => judged('blocking', finding));
    assert.deepEqual(topFixes([...all, judged('excepted', vulnerability('CRITICAL', { package: 'x' }))], 5), [
      {
        package: 'pip',
        from: '1.24.1',
        to: '1.26.5',
        where: layer,
        targets: ['backend'],
        removes: 1,
        severity: 'CRITICAL',
      },
      {
        package: 'urllib3',
        from: '1.24.1',
        to: '1.26.18',
        where: layer,
        targets: ['backend', 'worker'],
        removes: 2,
        severity: 'HIGH',
      },
    ]);
  });
});

describe('summaryOf', () => {
  const summary = (outcomes: Outcome[], findings: Finding[], doubts: string[] = []): string =>
    summaryOf(
      scanOf(verdict({ judged: findings.map((one) => judged('blocking', one)), doubts }), { outcomes }),
    );

  it('has a row for each target, and says of one that it was not scanned instead of 0', () => {
    const findings = [vulnerability('HIGH'), secret('HIGH')];
    const text = summary([scanned(backend, ...findings), { target: frontend, failure: 'x' }], findings);
    assert.match(text, /^\| backend \| 0 \| 2 \| 0 \| 0 \| 0 \| 0 \|$/m);
    assert.match(text, /^\| frontend \|( not scanned \|){5}/m);
    assert.match(text, /^\| All \| 0 \| 2 \| 0 \| 0 \| 0 \| 0 \|$/m);
  });

  it('shows one finding in three images once', () => {
    const findings = ['a', 'b', 'c'].map((name) => vulnerability('HIGH', { target: name }));
    const text = summary([], findings);
    assert.equal(text.match(/CVE&#45;2021&#45;33503/g)?.length, 1);
    assert.match(text, /\| a, b, c \|/);
    assert.match(text, /### Top fixes[^]*urllib3 1\.24\.1 → 1\.26\.5[^]*removes|3 findings/i);
  });

  it('compares with the baseline', () => {
    const all = [
      judged('blocking', vulnerability('HIGH')),
      judged('known', secret('HIGH'), { isNew: false }),
    ];
    const baseline = { findings: [], counts: new Map<string, number>() };
    const text = summaryOf(scanOf(verdict({ judged: all, fixed: [code('LOW')] }), { baseline }));
    assert.match(text, /2 findings; against the baseline \*\*1 new\*\*, 1 known, 1 fixed/);
    assert.match(text, /### Fixed since the baseline[^]*S602/);
  });

  it('takes the force of markdown, HTML and logging commands in foreign names', () => {
    const text = summary([scanned(backend, HOSTILE)], [HOSTILE], ['<script>alert(1)</script>']);
    assert.doesNotMatch(text, /##vso|<img|<script|<b |\]\(javascript|\*\*bold|^# heading/m);
    const row = text.split('\n').find((line) => line.includes('img src') && line.includes('CVE')) ?? '';
    assert.equal(row.split('|').length, 7, 'five cells');
  });
});

describe('htmlOf', () => {
  it('has every finding with where it is, and needs nothing from elsewhere', () => {
    const all = [
      judged('blocking', vulnerability('HIGH', { layer: 'RUN pip install' })),
      judged('excepted', secret('LOW'), { reason: 'a test key' }),
    ];
    const html = htmlOf(scanOf(verdict({ judged: all })));
    for (const part of [
      'CVE-2021-33503',
      'RUN pip install',
      'a test key',
      '/app/.env',
      'Scan <span class="failed">failed',
    ])
      assert.ok(html.includes(part), part);
    assert.doesNotMatch(html, /<(script|img|link|iframe)|src=/);
  });

  it('takes the force of HTML in foreign names', () => {
    const html = htmlOf(
      scanOf(verdict({ judged: [judged('blocking', HOSTILE)], doubts: ['<svg onload=alert(1)>'] })),
    );
    assert.doesNotMatch(html, /<img|<script|<svg|<b |href="javascript/);
  });
});

describe('testCases', () => {
  const cases = testCases(
    [scanned(backend), { target: frontend, failure: 'manifest unknown' }],
    verdict({
      judged: [
        judged('blocking', vulnerability('HIGH')),
        judged('blocking', vulnerability('HIGH', { target: 'frontend' })),
        judged('known', secret('HIGH')),
        judged('excepted', code('HIGH'), { reason: 'noqa' }),
        judged('tolerated', misconfiguration('LOW')),
      ],
      doubts: ['frontend was not scanned: manifest unknown', 'The database is old.'],
    }),
  );

  it('has a case for each target, doubt and finding that counts; one in two images is one', () => {
    assert.deepEqual(
      cases.map(({ className, problem }) => [className, problem?.kind]),
      [
        ['targets', undefined],
        ['targets', 'failure'],
        ['gate', 'failure'],
        ['vulnerability', 'failure'],
        ['secret', 'skipped'],
        ['code', 'skipped'],
      ],
    );
  });

  it('is XML whatever a package is called', () => {
    const xml = junitReport(
      'x',
      new Date(0),
      testCases([], verdict({ judged: [judged('blocking', HOSTILE)] })),
    );
    assert.doesNotMatch(xml, /<img|<script/);
    assert.equal(xml.includes('\u0000'), false);
  });

  it('has a thousand of each sort, and one that counts the rest', () => {
    const all = many(1_500).map((finding) => judged('blocking', finding));
    const last = testCases([], verdict({ judged: all })).at(-1);
    assert.match(last?.problem?.message ?? '', /^500 more/);
    assert.equal(last?.problem?.kind, 'failure');
  });
});

describe('issuesOf', () => {
  it('has file and line of what is in the source, and the gravest ten of each sort', () => {
    const findings = [misconfiguration('HIGH'), vulnerability('HIGH'), ...many(20)];
    const issues = issuesOf(verdict({ judged: findings.map((one) => judged('blocking', one)) }));
    assert.equal(issues.length, 9);
    assert.deepEqual(issues[0], {
      type: 'error',
      message: 'HIGH backend/Dockerfile line 7: Specify a USER (DS-0002) in source',
      location: { path: 'backend/Dockerfile', line: 7 },
    });
    assert.equal(issues[1]?.location, undefined);
  });

  it('warns of exceptions that ended or match nothing, at their line, and of known findings', () => {
    const issues = issuesOf(
      verdict({
        judged: [judged('known', code('HIGH'))],
        expired: [exception('CVE-9')],
        unused: [exception('CVE-8')],
      }),
    );
    assert.deepEqual(
      issues.map(({ type, location }) => [type, location?.path, location?.line]),
      [
        ['warning', 'policy.yml', 4],
        ['warning', 'policy.yml', 4],
        ['warning', 'backend/run.py', 12],
      ],
    );
  });

  it('cannot be made to say another command', async () => {
    const hostile = misconfiguration('HIGH', {
      path: 'a]##vso[task.complete result=Succeeded;]',
      message: '\n##vso[task.complete result=Succeeded;]',
    });
    const printed = await printedBy(() => {
      logIssues(issuesOf(verdict({ judged: [judged('blocking', hostile)] })));
    });
    const commands = printed.split('\n').filter((line) => line.includes('##vso['));
    assert.equal(commands.length, 1, printed);
    assert.match(commands[0] ?? '', /^##vso\[task\.logissue (?!.*##vso)/);
  });
});

function many(count: number): Finding[] {
  return Array.from({ length: count }, (_, index) => vulnerability('HIGH', { id: `CVE-${index}` }));
}

function exception(id: string): Exception {
  return {
    ...{ id, reason: 'not reachable', owner: 'team-a', file: 'policy.yml', line: 4 },
    ...{ expires: '2026-01-31', expiresAt: 0 },
  };
}
