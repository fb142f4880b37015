import assert from 'node:assert/strict';
import type { Pod } from '../../../../tasks/common/kubernetes/pods';
import { podTroubles } from '../../../../tasks/common/rollout/trouble';
import { object } from './samples';

describe('podTroubles', () => {
  const pod = (container: object, more: object = {}): Pod => ({
    ...object('Pod', 'p'),
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'c', ready: false, restartCount: 0, image: 'i', ...container }],
      ...more,
    },
  });
  const cases: [string, Pod, string | undefined, boolean][] = [
    ['a starting pod', pod({ state: { waiting: { reason: 'ContainerCreating' } } }), undefined, false],
    [
      'an image that is not there',
      pod({ state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } }),
      'ErrImagePull',
      true,
    ],
    [
      'a registry that does not answer',
      pod({ state: { waiting: { reason: 'ErrImagePull', message: 'i/o timeout' } } }),
      'ErrImagePull',
      false,
    ],
    [
      'a missing key',
      pod({ state: { waiting: { reason: 'CreateContainerConfigError', message: '' } } }),
      'CreateContainerConfigError',
      true,
    ],
    ['a first crash', pod({ state: { terminated: { exitCode: 1 } } }), 'Error', false],
    [
      'a crash loop',
      pod({
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1 } },
      }),
      'CrashLoopBackOff',
      true,
    ],
    ['a probe that does not pass', pod({ state: { running: {} } }), 'NotReady', false],
    [
      'a ready pod',
      pod({ ready: true, state: { running: {} } }, { conditions: [{ type: 'Ready', status: 'True' }] }),
      undefined,
      false,
    ],
    [
      'a pod without a node',
      {
        ...pod({}),
        status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      },
      'Unschedulable',
      false,
    ],
  ];
  for (const [what, given, reason, hopeless] of cases) {
    it(`${hopeless ? 'gives up on' : 'waits for'} ${what}`, () => {
      const [trouble] = podTroubles(given);
      assert.equal(trouble?.reason, reason);
      assert.equal(trouble !== undefined && trouble.patienceMs < Infinity, hopeless);
    });
  }
});
