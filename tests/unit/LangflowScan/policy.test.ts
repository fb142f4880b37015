import assert from 'node:assert/strict';
import type { Finding } from '../../../tasks/LangflowScan/findings';
import { judge, type Outcome, type Policy, type Verdict } from '../../../tasks/LangflowScan/policy';
import { secret, target, vulnerability } from './samples';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;
const backend = target('backend');
const frontend = target('frontend');

describe('judge', () => {
  const cases: [string, Finding, Policy, boolean][] = [
    ['a severity above the gate', vulnerability('CRITICAL'), gate('HIGH'), false],
    ['the very severity of the gate', vulnerability('HIGH'), gate('HIGH'), false],
    ['a severity below the gate', vulnerability('MEDIUM'), gate('HIGH'), true],
    ['HIGH below a gate of CRITICAL', vulnerability('HIGH'), gate('CRITICAL'), true],
    ['LOW at a gate of LOW', vulnerability('LOW'), gate('LOW'), false],
    ['MEDIUM at a gate of MEDIUM', vulnerability('MEDIUM'), gate('MEDIUM'), false],
    ['a severity that nobody has rated', vulnerability('UNKNOWN'), gate('CRITICAL'), false],
    [
      'an unrated one without a fix when these are ignored',
      vulnerability('UNKNOWN', { fixedVersion: '' }),
      gate('HIGH', true),
      true,
    ],
    [
      'one without a fix when these count',
      vulnerability('CRITICAL', { fixedVersion: '' }),
      gate('HIGH'),
      false,
    ],
    [
      'one without a fix when these are ignored',
      vulnerability('CRITICAL', { fixedVersion: '' }),
      gate('HIGH', true),
      true,
    ],
    ['one with a fix when unfixed ones are ignored', vulnerability('HIGH'), gate('HIGH', true), false],
    ['a secret, which has no fix but one', secret('CRITICAL'), gate('HIGH', true), false],
    ['a secret below the gate', secret('MEDIUM'), gate('HIGH'), true],
  ];
  for (const [what, finding, policy, passes] of cases) {
    it(`${passes ? 'passes' : 'fails'} ${what}`, () => {
      const verdict = judge([backend], [scanned(backend, finding)], NOW, policy, NOW);
      assert.deepEqual(verdict, { passed: passes, blocking: passes ? [] : [finding], doubts: [] });
    });
  }

  it('passes images without findings', () => {
    assert.deepEqual(verdictOf([scanned(backend), scanned(frontend)]), {
      passed: true,
      blocking: [],
      doubts: [],
    });
  });

  it('puts the worst first, whatever image has it', () => {
    const findings = [vulnerability('HIGH'), vulnerability('CRITICAL'), vulnerability('UNKNOWN')];
    const verdict = verdictOf([
      scanned(backend, ...findings.slice(0, 1)),
      scanned(frontend, ...findings.slice(1)),
    ]);
    assert.deepEqual(
      verdict.blocking.map(({ severity }) => severity),
      ['CRITICAL', 'HIGH', 'UNKNOWN'],
    );
  });

  it('fails a target whose scan failed, though the others are clean', () => {
    const verdict = verdictOf([scanned(backend), { target: frontend, failure: 'manifest unknown' }]);
    assert.deepEqual(verdict, {
      passed: false,
      blocking: [],
      doubts: ['frontend was not scanned: manifest unknown'],
    });
  });

  it('fails a target of which nothing was heard', () => {
    assert.deepEqual(verdictOf([scanned(backend)]).doubts, ['frontend was not scanned.']);
  });

  it('fails a release without targets', () => {
    assert.equal(judge([], [], NOW, gate('HIGH'), NOW).passed, false);
  });

  const databases: [string, number, boolean][] = [
    ['of today', NOW, true],
    ['of exactly seven days ago', NOW - 7 * DAY, true],
    ['older than seven days', NOW - 7 * DAY - 1, false],
    ['of a time that is none', NaN, false],
    ['from the far future', NOW + 3_650 * DAY, false],
    ['a little ahead of this clock', NOW + 60_000, true],
  ];
  for (const [what, time, passes] of databases) {
    it(`${passes ? 'accepts' : 'fails with'} a database ${what}`, () => {
      const verdict = judge([backend], [scanned(backend)], time, gate('HIGH'), NOW);
      assert.equal(verdict.passed, passes);
      if (!passes) assert.match(verdict.doubts.join(), /database is of .+ databaseRepository/);
    });
  }
});

function gate(severity: Policy['severity'], ignoreUnfixed = false): Policy {
  return { severity, ignoreUnfixed };
}

function scanned(of: typeof backend, ...findings: Finding[]): Outcome {
  return { target: of, report: { findings } };
}

function verdictOf(outcomes: Outcome[]): Verdict {
  return judge([backend, frontend], outcomes, NOW, gate('HIGH'), NOW);
}
