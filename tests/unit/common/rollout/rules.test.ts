import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import type { Pod } from '../../../../tasks/common/kubernetes/pods';
import { healthOf } from '../../../../tasks/common/rollout/health';
import { troublesOf } from '../../../../tasks/common/rollout/podTrouble';
import {
  obsolete,
  planRecord,
  readRecords,
  recordSecret,
  type RecordStatus,
  type ReleaseRecord,
} from '../../../../tasks/common/rollout/record';
import { wavesOf } from '../../../../tasks/common/rollout/waves';

const object = (kind: string, name = 'x', more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, generation: 2 },
  ...more,
});

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

describe('troublesOf', () => {
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
      const [trouble] = troublesOf(given);
      assert.equal(trouble?.reason, reason);
      assert.equal(trouble?.hopeless ?? false, hopeless);
    });
  }
});

describe('record', () => {
  const record = (
    revision: number,
    status: RecordStatus,
    objects: KubernetesObject[] = [],
  ): ReleaseRecord => ({
    revision,
    name: `r${revision}`,
    status,
    objects,
  });

  it('comes back from its Secret as it was, the latest first', () => {
    const records = [record(9, 'failed', [object('Service')]), record(10, 'deployed')];
    assert.deepEqual(readRecords(records.map(recordSecret)), [records[1], records[0]]);
  });

  it('goes back to the latest deployed one, and takes a revision that no failed one has had', () => {
    const plan = planRecord(
      [record(4, 'failed'), record(3, 'deployed'), record(2, 'deployed')],
      [object('Service')],
    );
    assert.equal(plan.former?.revision, 3);
    assert.equal(plan.revision, 5);
    assert.deepEqual(
      plan.dropped.map(({ revision }) => revision),
      [4],
    );
  });

  it('keeps the revision of a release that is deployed already', () => {
    const plan = planRecord([record(3, 'deployed', [object('Service')])], [object('Service')]);
    assert.equal(plan.unchanged, true);
    assert.equal(plan.revision, 3);
    assert.deepEqual(plan.dropped, []);
  });

  it('keeps ten, the new one among them', () => {
    const records = Array.from({ length: 10 }, (_, index) => record(10 - index, 'deployed'));
    assert.deepEqual(
      planRecord(records, [object('Service')]).dropped.map(({ revision }) => revision),
      [1],
    );
  });

  it('deletes what nobody has any more, but never data or the namespace', () => {
    const from = [
      object('Service', 'a'),
      object('Service', 'b'),
      object('PersistentVolumeClaim'),
      object('Namespace'),
    ];
    assert.deepEqual(obsolete(from, [[object('Service', 'b')]]), [from[0]]);
  });
});

describe('wavesOf', () => {
  it('brings data services before migrations before all that needs both', () => {
    const kinds = ['Deployment', 'Ingress', 'Job', 'StatefulSet', 'Secret', 'ServiceAccount'];
    assert.deepEqual(
      wavesOf(kinds.map((kind) => ({ object: object(kind) }))).map((wave) =>
        wave.map((item) => item.object.kind),
      ),
      [['ServiceAccount'], ['Secret'], ['StatefulSet'], ['Job'], ['Deployment', 'Ingress']],
    );
  });
});
