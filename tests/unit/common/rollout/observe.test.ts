import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import type { Pod } from '../../../../tasks/common/kubernetes/pods';
import { observe } from '../../../../tasks/common/rollout/observe';
import type { ClusterEvent } from '../../../../tasks/common/rollout/trouble';
import { object } from './samples';

const REVISION = 'deployment.kubernetes.io/revision';

/** What a monitor has seen; nothing when not given. */
function seen(state: {
  objects?: KubernetesObject[];
  deleted?: string[];
  pods?: Pod[];
  replicaSets?: KubernetesObject[];
  warnings?: ClusterEvent[];
}): Parameters<typeof observe>[0] {
  return {
    find: ({ kind, metadata }) =>
      state.objects?.find((other) => other.kind === kind && other.metadata.name === metadata.name),
    wasDeleted: (uid) => uid !== undefined && (state.deleted?.includes(uid) ?? false),
    pods: () => state.pods ?? [],
    replicaSets: () => state.replicaSets ?? [],
    newWarnings: () => state.warnings ?? [],
  };
}

const owner = (uid: string) => [{ kind: 'x', name: 'x', uid, controller: true }];

function web(generation: number, observedGeneration: number, revision: string): KubernetesObject {
  return object('Deployment', 'web', {
    metadata: { name: 'web', uid: 'web', generation, annotations: { [REVISION]: revision } },
    spec: { replicas: 1 },
    status: { observedGeneration, replicas: 1, updatedReplicas: 0 },
  });
}

function replicaSet(uid: string, revision: string): KubernetesObject {
  const annotations = { [REVISION]: revision };
  return object('ReplicaSet', uid, {
    metadata: { name: uid, uid, annotations, ownerReferences: owner('web') },
  });
}

function failingPod(name: string, ownerUid: string): Pod {
  return {
    ...object('Pod', name),
    metadata: { name, uid: name, ownerReferences: owner(ownerUid) },
    status: {
      containerStatuses: [
        {
          name: 'main',
          ready: false,
          restartCount: 0,
          image: 'i',
          state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
        },
      ],
    },
  };
}

describe('observe', () => {
  const replicaSets = [replicaSet('old', '1'), replicaSet('new', '2')];
  const pods = [failingPod('old-1', 'old'), failingPod('new-1', 'new')];

  it('blames the pods of the newest template alone', () => {
    const [observation] = observe(seen({ objects: [web(2, 2, '2')], replicaSets, pods }), [web(2, 2, '2')]);
    assert.deepEqual(
      observation?.troubles.map(({ pod }) => pod),
      ['new-1'],
    );
  });

  it('blames none before the controller has seen the change: the newest pods are those of the template before', () => {
    for (const current of [web(2, 2, '2'), web(3, 2, '2')]) {
      const [observation] = observe(seen({ objects: [current], replicaSets, pods }), [web(3, 2, '2')]);
      assert.deepEqual(observation?.troubles, []);
      assert.equal(observation.health.state, 'progressing');
    }
  });

  it('waits for an object that is not yet seen, and gives up on one that was deleted', () => {
    const applied = web(1, 1, '1');
    assert.equal(observe(seen({}), [applied])[0]?.health.state, 'progressing');
    const health = observe(seen({ deleted: ['web'] }), [applied])[0]?.health;
    assert.deepEqual(health, { state: 'failed', detail: 'it was deleted by somebody else' });
  });

  it('hears why no pod is made from the workload or its ReplicaSet', () => {
    const warning: ClusterEvent = {
      ...object('Event'),
      reason: 'FailedCreate',
      message: 'exceeded quota',
      involvedObject: { uid: 'new' },
    };
    const state = seen({ objects: [web(2, 2, '2')], replicaSets, warnings: [warning] });
    const [observation] = observe(state, [web(2, 2, '2')]);
    assert.equal(observation?.troubles[0]?.message, 'exceeded quota');
    assert.deepEqual(observation.warnings, [warning]);
  });

  it('finds the pods of a StatefulSet by its update revision', () => {
    const set = object('StatefulSet', 'db', {
      metadata: { name: 'db', uid: 'db', generation: 1 },
      spec: { replicas: 1 },
      status: { observedGeneration: 1, updateRevision: 'db-2', currentRevision: 'db-1', readyReplicas: 0 },
    });
    const labelled = (name: string, revision: string): Pod => {
      const pod = failingPod(name, 'db');
      return { ...pod, metadata: { ...pod.metadata, labels: { 'controller-revision-hash': revision } } };
    };
    const state = seen({ objects: [set], pods: [labelled('db-a', 'db-1'), labelled('db-b', 'db-2')] });
    assert.deepEqual(
      observe(state, [set])[0]?.troubles.map(({ pod }) => pod),
      ['db-b'],
    );
  });
});
