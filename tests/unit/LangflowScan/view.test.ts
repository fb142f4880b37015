import assert from 'node:assert/strict';
import { ViewDraft } from '../../../tasks/common/view/draft';
import { documentOf } from '../../../tasks/common/view/publish';
import { mistakeIn } from '../../../tasks/common/view/view';
import { scanView } from '../../../tasks/LangflowScan/view';
import { code, judged, misconfiguration, scanOf, secret, target, verdict, vulnerability } from './samples';

describe('scanView', () => {
  const documentWith = (scan: ReturnType<typeof scanOf>) => {
    const draft = new ViewDraft('LangflowScan', 'scan');
    draft.sections = () => ({ scan: scanView(scan, [{ kind: 'sarif', artifact: 'a', path: 'b.sarif' }]) });
    return documentOf(draft, { result: 'failed', message: '', started: 0, finished: 1 });
  };

  it('has every finding with its target, its rule, its state and where it is', () => {
    const all = [
      judged('blocking', vulnerability('HIGH', { layer: 'RUN pip install' })),
      judged('known', code('HIGH'), { isNew: false }),
      judged('tolerated', vulnerability('LOW', { target: 'frontend', fixedVersion: '' })),
      judged('excepted', misconfiguration('HIGH'), { reason: 'team-a: no' }),
    ];
    const base = scanOf(verdict({ judged: all, fixed: [secret('CRITICAL', { target: 'gone' })] }));
    const outcomes = [target('backend'), target('frontend')].map((of) => ({
      target: of,
      report: { findings: [], excepted: [] },
    }));
    const { scan } = documentWith({ ...base, outcomes });
    assert.ok(scan);
    assert.deepEqual(
      scan.targets.map(({ name, kind }) => [name, kind]),
      [
        ['backend', 'image'],
        ['frontend', 'image'],
        ['source', 'source'],
        ['gone', 'former'],
      ],
    );
    assert.deepEqual(
      scan.findings.map(({ target: of, rule, state, isNew, package: name, installed, fixed, file, line }) => [
        ...[scan.targets[of]?.name, scan.rules[rule]?.id, state, isNew, name, installed, fixed],
        ...[file?.split('/').at(-1), line],
      ]),
      [
        ['backend', 'CVE-2021-33503', 'blocking', true, 'urllib3', '1.24.1', '1.26.5', 'METADATA', undefined],
        ['source', 'S602', 'known', undefined, undefined, undefined, undefined, 'run.py', 12],
        [
          'frontend',
          'CVE-2021-33503',
          'tolerated',
          true,
          'urllib3',
          '1.24.1',
          undefined,
          'METADATA',
          undefined,
        ],
        ['source', 'DS-0002', 'excepted', true, undefined, undefined, undefined, 'Dockerfile', 7],
        ['gone', 'aws-access-key-id', 'fixed', undefined, undefined, undefined, undefined, '.env', 3],
      ],
    );
    assert.equal(scan.rules.length, 4, 'a rule that two findings share is there once');
    assert.equal(scan.findings[3]?.reason, 'team-a: no');
    const { blocking, known, tolerated, excepted, fixed } = scan.counts;
    assert.deepEqual([blocking, known, tolerated, excepted, fixed], [1, 1, 1, 1, 1]);
    assert.deepEqual(scan.fixes[0]?.removes, 1);
  });

  it('holds 10,000 findings in less than 4 MB, and leaves out the mildest beyond 20,000', () => {
    const many = Array.from({ length: 25_000 }, (_, index) =>
      judged(
        index < 10 ? 'blocking' : 'tolerated',
        vulnerability(index < 10 ? 'CRITICAL' : 'LOW', {
          id: `CVE-2026-${index % 700}`,
          package: `package-${index}`,
          target: `image-${index % 5}`,
        }),
      ),
    );
    const size = (count: number): number =>
      JSON.stringify(documentWith(scanOf(verdict({ judged: many.slice(0, count) })))).length;
    assert.ok(size(10_000) < 4_000_000, `${size(10_000)} characters`);
    const { scan } = documentWith(scanOf(verdict({ judged: many })));
    assert.deepEqual(
      [scan?.findings.length, scan?.omittedFindings, scan?.findings[0]?.severity],
      [20_000, 5_000, 'CRITICAL'],
    );
  });

  it('takes hostile text as text', () => {
    const title = '"><img src=x onerror=alert(1)>\u0000';
    const document = documentWith(
      scanOf(
        verdict({
          judged: [judged('blocking', vulnerability('HIGH', { title, url: 'javascript:alert(1)' }))],
        }),
      ),
    );
    assert.equal(mistakeIn(document), undefined);
    const [rule] = document.scan?.rules ?? [];
    assert.equal(rule?.title, '"><img src=x onerror=alert(1)>\\u0000');
    assert.equal(rule.url, undefined, 'only the web has addresses that lead somewhere');
  });
});
