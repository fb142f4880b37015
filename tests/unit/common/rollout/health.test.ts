import assert from 'node:assert/strict';
import { healthOf } from '../../../../tasks/common/rollout/health';
import { object } from './samples';

describe('healthOf', () => {
  const status = {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
  };
  const cases: [string, string, object, object, 'healthy' | RegExp][] = [
    ['a rolled Deployment', 'Deployment', { replicas: 2 }, status, 'healthy'],
    [
      'one that its controller has not seen',
      'Deployment',
      { replicas: 2 },
      { ...status, observedGeneration: 1 },
      /progressing.*controller/,
    ],
    [
      'one with old pods',
      'Deployment',
      { replicas: 2 },
      { ...status, replicas: 3 },
      /progressing.*old pods still to end: 1/,
    ],
    [
      'one whose pods are not available',
      'Deployment',
      { replicas: 2 },
      { ...status, availableReplicas: 1 },
      /progressing.*1 of 2/,
    ],
    [
      'one beyond its deadline',
      'Deployment',
      { replicas: 2 },
      {
        ...status,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      },
      /failed/,
    ],
    [
      'a paused one',
      'Deployment',
      { replicas: 2, paused: true },
      { ...status, updatedReplicas: 0 },
      /failed.*paused/,
    ],
    ['one of no replicas', 'Deployment', { replicas: 0 }, { observedGeneration: 2 }, 'healthy'],
    [
      'a StatefulSet between revisions',
      'StatefulSet',
      { replicas: 2 },
      { ...status, currentRevision: 'a', updateRevision: 'b' },
      /progressing/,
    ],
    [
      'one at its revision',
      'StatefulSet',
      { replicas: 2 },
      { ...status, currentRevision: 'b', updateRevision: 'b' },
      'healthy',
    ],
    ['a running Job', 'Job', {}, { active: 1 }, /progressing/],
    ['a finished Job', 'Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }, 'healthy'],
    [
      'a failed Job',
      'Job',
      {},
      { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
      /failed.*Backoff/,
    ],
    ['a Service', 'Service', {}, {}, 'healthy'],
  ];
  for (const [what, kind, spec, state, expected] of cases) {
    it(`judges ${what}`, () => {
      const health = healthOf(object(kind, 'x', { spec, status: state }));
      if (expected === 'healthy') assert.deepEqual(health, { state: 'healthy' });
      else assert.match(JSON.stringify(health), expected);
    });
  }
});
