import assert from 'node:assert/strict';
import { baselineOf } from '../../../tasks/LangflowScan/baseline';
import type { Finding, Kind } from '../../../tasks/LangflowScan/findings';
import {
  judge,
  type Circumstances,
  type Exception,
  type Outcome,
  type Policy,
  type Threshold,
  type Verdict,
} from '../../../tasks/LangflowScan/policy';
import { code, misconfiguration, scanned, secret, target, vulnerability } from './samples';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;
const backend = target('backend');
const frontend = target('frontend');

describe('judge', () => {
  const unfixed = (severity: 'CRITICAL' | 'UNKNOWN'): Finding =>
    vulnerability(severity, { fixedVersion: '' });
  const cases: [string, Finding, Policy, boolean][] = [
    ['a severity above the gate', vulnerability('CRITICAL'), gate('HIGH'), false],
    ['the very severity of the gate', vulnerability('HIGH'), gate('HIGH'), false],
    ['a severity below the gate', vulnerability('MEDIUM'), gate('HIGH'), true],
    ['HIGH below a gate of CRITICAL', vulnerability('HIGH'), gate('CRITICAL'), true],
    ['LOW at a gate of LOW', vulnerability('LOW'), gate('LOW'), false],
    ['MEDIUM at a gate of MEDIUM', vulnerability('MEDIUM'), gate('MEDIUM'), false],
    ['a severity that nobody has rated', vulnerability('UNKNOWN'), gate('CRITICAL'), false],
    ['an unrated one where nothing counts', vulnerability('UNKNOWN'), gate('none'), true],
    ['an unrated one without a fix when these are ignored', unfixed('UNKNOWN'), gate('HIGH', true), true],
    ['one without a fix when these count', unfixed('CRITICAL'), gate('HIGH'), false],
    ['one without a fix when these are ignored', unfixed('CRITICAL'), gate('HIGH', true), true],
    ['one with a fix when unfixed ones are ignored', vulnerability('HIGH'), gate('HIGH', true), false],
    ['a secret, which has no fix but one', secret('CRITICAL'), gate('HIGH', true), false],
    ['a secret below the gate', secret('MEDIUM'), gate('HIGH'), true],
    [
      'a secret by the threshold of secrets',
      secret('LOW'),
      { ...gate('CRITICAL'), ...of('secret', 'LOW') },
      false,
    ],
    ['a misconfiguration by its threshold', misconfiguration('HIGH'), gate('HIGH'), false],
    [
      'a misconfiguration below its threshold',
      misconfiguration('HIGH'),
      { ...gate('LOW'), ...of('misconfiguration', 'CRITICAL') },
      true,
    ],
    ['code by its threshold', code('MEDIUM'), { ...gate('CRITICAL'), ...of('code', 'MEDIUM') }, false],
    ['code where none counts', code('HIGH'), { ...gate('LOW'), ...of('code', 'none') }, true],
    ['a licence by its threshold', licence('HIGH'), { ...gate('CRITICAL'), ...of('licence', 'HIGH') }, false],
    ['a licence where none counts', licence('CRITICAL'), { ...gate('LOW'), ...of('licence', 'none') }, true],
  ];
  for (const [what, finding, policy, passes] of cases) {
    it(`${passes ? 'passes' : 'fails'} ${what}`, () => {
      const { passed, judged, doubts } = judge(
        [backend],
        [scanned(backend, finding)],
        circumstances({ policy }),
      );
      assert.equal(passed, passes);
      assert.deepEqual(judged, [{ finding, status: passes ? 'tolerated' : 'blocking', isNew: true }]);
      assert.deepEqual(doubts, []);
    });
  }

  it('passes images without findings', () => {
    const { passed, judged, doubts } = verdictOf([scanned(backend), scanned(frontend)]);
    assert.deepEqual({ passed, judged, doubts }, { passed: true, judged: [], doubts: [] });
  });

  it('puts the gravest first, whatever target has it, and what fails the gate before the rest', () => {
    const findings = [vulnerability('HIGH'), vulnerability('CRITICAL'), vulnerability('UNKNOWN')];
    const policy = { ...gate('HIGH'), ...of('code', 'none') };
    const outcomes = [
      scanned(backend, code('CRITICAL'), ...findings.slice(0, 1)),
      scanned(frontend, ...findings.slice(1)),
    ];
    const { judged } = judge([backend, frontend], outcomes, circumstances({ policy }));
    assert.deepEqual(
      judged.map(({ finding, status }) => `${status} ${finding.severity}`),
      ['blocking CRITICAL', 'blocking HIGH', 'blocking UNKNOWN', 'tolerated CRITICAL'],
    );
  });

  it('counts what other analysers found', () => {
    const analysers = {
      findings: [code('HIGH')],
      excepted: [{ finding: code('HIGH', { id: 'S1' }), reason: 'noqa' }],
    };
    const { passed, judged } = judge([backend], [scanned(backend)], circumstances({}), analysers);
    assert.equal(passed, false);
    assert.deepEqual(
      judged.map(({ status, reason }) => [status, reason]),
      [
        ['blocking', undefined],
        ['excepted', 'noqa'],
      ],
    );
  });

  describe('exceptions', () => {
    const finding = vulnerability('CRITICAL');
    const status = (changes: Partial<Exception>, found: Finding = finding): Verdict => {
      const policy = { ...gate('HIGH'), exceptions: [exception(changes)] };
      return judge([backend], [scanned(backend, found)], circumstances({ policy }));
    };

    const matches: [string, Partial<Exception>, boolean][] = [
      ['the same id', {}, true],
      ['another id', { id: 'CVE-1' }, false],
      ['the kind', { kind: 'vulnerability' }, true],
      ['another kind', { kind: 'code' }, false],
      ['the package', { package: 'urllib3' }, true],
      ['another package', { package: 'urllib' }, false],
      ['the target', { target: 'backend' }, true],
      ['another target', { target: 'back' }, false],
      ['a glob that the path matches', { path: '**/urllib3-*/METADATA' }, true],
      ['a glob that the path does not match', { path: '*/METADATA' }, false],
    ];
    for (const [what, changes, excepts] of matches) {
      it(`${excepts ? 'except' : 'do not except'} by ${what}`, () => {
        const { passed, judged, unused } = status(changes);
        assert.equal(passed, excepts);
        assert.equal(judged[0]?.status, excepts ? 'excepted' : 'blocking');
        assert.equal(unused.length, excepts ? 0 : 1);
      });
    }

    it('give reason, owner and last day', () => {
      assert.equal(status({}).judged[0]?.reason, 'team-a: not reachable from outside (until 2026-11-24)');
    });

    it('for a component hold on all its platforms', () => {
      assert.equal(
        status({ target: 'backend' }, vulnerability('HIGH', { target: 'backend (linux/arm64)' })).passed,
        true,
      );
      assert.equal(
        status({ target: 'backend' }, vulnerability('HIGH', { target: 'backender' })).passed,
        false,
      );
    });

    it('hold to the very end of their last day, and then the finding counts again', () => {
      assert.equal(status({ expiresAt: NOW + 1 }).passed, true);
      const ended = status({ expiresAt: NOW });
      assert.equal(ended.passed, false);
      assert.equal(ended.judged[0]?.status, 'blocking');
      assert.equal(ended.expired.length, 1);
      assert.deepEqual(ended.unused, []);
    });
  });

  describe('baseline', () => {
    const run = (now: Finding[], before: Finding[]): Verdict =>
      judge([backend], [scanned(backend, ...now)], circumstances({ baseline: baselineOf(before) }));

    it('makes what it has known, which fails nothing, and shows it', () => {
      const { passed, judged } = run([vulnerability('HIGH')], [vulnerability('HIGH')]);
      assert.equal(passed, true);
      assert.deepEqual(judged, [{ finding: vulnerability('HIGH'), status: 'known', isNew: false }]);
    });
    it('lets fail what it has not', () => {
      const { passed, judged } = run(
        [vulnerability('HIGH'), vulnerability('HIGH', { id: 'CVE-1' })],
        [vulnerability('HIGH')],
      );
      assert.equal(passed, false);
      assert.deepEqual(
        judged.map(({ status }) => status),
        ['blocking', 'known'],
      );
    });
    it('knows a vulnerability of a package in another version', () => {
      assert.equal(
        run(
          [vulnerability('HIGH', { installedVersion: '1.25', path: 'x/urllib3-1.25' })],
          [vulnerability('HIGH')],
        ).passed,
        true,
      );
    });
    it('does not know it in another package', () => {
      assert.equal(run([vulnerability('HIGH', { package: 'pip' })], [vulnerability('HIGH')]).passed, false);
    });
    it('knows a secret whose line moved, but not a second one in the same file', () => {
      assert.equal(run([secret('HIGH', { line: 9 })], [secret('HIGH')]).passed, true);
      assert.equal(run([secret('HIGH'), secret('HIGH', { line: 9 })], [secret('HIGH')]).passed, false);
    });
    it('counts what is gone as fixed', () => {
      const { fixed } = run([secret('HIGH')], [vulnerability('HIGH'), secret('HIGH')]);
      assert.deepEqual(fixed, [vulnerability('HIGH')]);
    });
    it('counts nothing as fixed while a target was not scanned', () => {
      const baseline = baselineOf([vulnerability('HIGH')]);
      const { fixed } = judge([backend], [{ target: backend, failure: 'x' }], circumstances({ baseline }));
      assert.deepEqual(fixed, []);
    });
  });

  it('fails a target whose scan failed, though the others are clean', () => {
    const { passed, judged, doubts } = verdictOf([
      scanned(backend),
      { target: frontend, failure: 'manifest unknown' },
    ]);
    assert.deepEqual({ passed, judged }, { passed: false, judged: [] });
    assert.deepEqual(doubts, ['frontend was not scanned: manifest unknown']);
  });

  it('fails a target of which nothing was heard', () => {
    assert.deepEqual(verdictOf([scanned(backend)]).doubts, ['frontend was not scanned.']);
  });

  it('fails when there was nothing to scan', () => {
    assert.equal(judge([], [], circumstances({})).passed, false);
  });

  it('fails for whatever else is in doubt', () => {
    const verdict = judge([backend], [scanned(backend)], circumstances({ doubts: ['ruff failed.'] }));
    assert.deepEqual([verdict.passed, verdict.doubts], [false, ['ruff failed.']]);
  });

  const databases: [string, number, boolean][] = [
    ['of today', NOW, true],
    ['of exactly seven days ago', NOW - 7 * DAY, true],
    ['older than seven days', NOW - 7 * DAY - 1, false],
    ['of a time that is none', NaN, false],
    ['from the far future', NOW + 3_650 * DAY, false],
    ['a little ahead of this clock', NOW + 60_000, true],
  ];
  for (const [what, databaseTime, passes] of databases) {
    it(`${passes ? 'accepts' : 'fails with'} a database ${what}`, () => {
      const { passed, doubts } = judge([backend], [scanned(backend)], circumstances({ databaseTime }));
      assert.equal(passed, passes);
      if (!passes) assert.match(doubts.join(), /database is of .+ last 7 days .+ databaseRepository/);
    });
  }
});

function gate(threshold: Threshold, ignoreUnfixed = false): Policy {
  const thresholds = {
    vulnerability: threshold,
    misconfiguration: threshold,
    secret: threshold,
    licence: threshold,
    code: threshold,
  };
  return { thresholds, ignoreUnfixed, exceptions: [] };
}

/** Thresholds in which one kind differs from LOW. */
function of(kind: Kind, threshold: Threshold): Pick<Policy, 'thresholds'> {
  return { thresholds: { ...gate('LOW').thresholds, [kind]: threshold } };
}

function licence(severity: 'HIGH' | 'CRITICAL'): Finding {
  return {
    kind: 'licence',
    id: 'GPL-3.0-only',
    severity,
    title: 'restricted',
    target: 'backend',
    path: '',
    package: 'x',
  };
}

function exception(changes: Partial<Exception>): Exception {
  return {
    ...{
      id: 'CVE-2021-33503',
      reason: 'not reachable from outside',
      owner: 'team-a',
      file: 'policy.yml',
      line: 3,
    },
    ...{ expires: '2026-11-24', expiresAt: NOW + DAY / 2 },
    ...changes,
  };
}

function circumstances(changes: Partial<Circumstances>): Circumstances {
  return {
    policy: gate('HIGH'),
    baseline: undefined,
    databaseTime: NOW,
    maximumDatabaseAgeMs: 7 * DAY,
    now: NOW,
    ...changes,
  };
}

function verdictOf(outcomes: Outcome[]): Verdict {
  return judge([backend, frontend], outcomes, circumstances({}));
}
