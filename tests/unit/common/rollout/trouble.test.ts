import assert from 'node:assert/strict';
import type { Pod } from '../../../../tasks/common/kubernetes/pods';
import { creationTroubles, podTroubles, type ClusterEvent } from '../../../../tasks/common/rollout/trouble';
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

  const event = (reason: string, message: string): ClusterEvent => ({ ...object('Event'), reason, message });

  it('says what the probe got, and what the container did before', () => {
    const given = pod({
      state: { running: {} },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    const [trouble] = podTroubles(given, [event('Unhealthy', 'Readiness probe failed: statuscode: 503')]);
    assert.match(trouble?.message ?? '', /statuscode: 503; before, it ended with exit code 1 \(Error\)/);
  });

  it('gives up on a container that a probe has restarted twice', () => {
    const [trouble] = podTroubles(pod({ restartCount: 2, state: { running: {} } }));
    assert.equal(trouble?.reason, 'CrashLoopBackOff');
    assert.ok(trouble.patienceMs < 15_000);
  });

  it('gives a container that has ended twice a moment', () => {
    const lastState = { terminated: { exitCode: 1 } };
    const given = pod({ restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState });
    const patience = podTroubles(given)[0]?.patienceMs ?? 0;
    assert.ok(patience > 0 && patience < 12_000, `${patience}`);
  });

  it('tells a container that took too much memory from one that ended by itself', () => {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    const waiting = { reason: 'CrashLoopBackOff' };
    assert.equal(
      podTroubles(pod({ restartCount: 2, state: { waiting }, lastState }))[0]?.reason,
      'OOMKilled',
    );
  });

  for (const [message, passing] of [
    ['MountVolume.SetUp failed for volume "v" : secret "s" not found', false],
    ['AttachVolume.Attach failed: rpc error: timed out', true],
  ] as const) {
    it(`${passing ? 'waits for' : 'gives up on'} a volume: ${message}`, () => {
      const given = pod({ state: { waiting: { reason: 'ContainerCreating' } } });
      const [trouble] = podTroubles(given, [event('FailedMount', message)]);
      assert.equal(trouble?.reason, 'FailedMount');
      assert.equal(trouble.patienceMs === Infinity, passing);
    });
  }

  it('forgets what kept a volume away once the container has run', () => {
    const given = pod({ ready: true, state: { running: {} } });
    assert.deepEqual(podTroubles(given, [event('FailedMount', 'secret "s" not found')]), []);
  });

  it('gives up on a claim that nobody has made, not on a node that may come', () => {
    const withMessage = (message: string): Pod => ({
      ...pod({}),
      status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
    });
    const patience = (message: string): number | undefined =>
      podTroubles(withMessage(message))[0]?.patienceMs;
    assert.equal(patience('0/3 nodes are available: 3 Insufficient cpu.'), Infinity);
    assert.ok((patience('persistentvolumeclaim "data" not found') ?? Infinity) < 15_000);
  });
});

describe('creationTroubles', () => {
  const refusal = (message: string) =>
    object('Deployment', 'x', {
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
    });

  for (const [message, passing] of [
    ['pods "x" is forbidden: exceeded quota: pods', false],
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest"', false],
    ['admission webhook "policy" denied the request: no', false],
    ['Internal error occurred: failed calling webhook "policy": connection refused', true],
  ] as const) {
    it(`${passing ? 'waits for' : 'gives up on'}: ${message}`, () => {
      const [trouble] = creationTroubles(refusal(message));
      assert.equal(trouble?.message, message);
      assert.equal(trouble.patienceMs === Infinity, passing);
    });
  }

  it('takes the warnings of a workload that has no such condition', () => {
    const warning: ClusterEvent = { ...object('Event'), reason: 'FailedCreate', message: 'exceeded quota' };
    assert.equal(creationTroubles(object('StatefulSet'), [warning])[0]?.message, 'exceeded quota');
    assert.deepEqual(creationTroubles(object('StatefulSet'), []), []);
  });
});
