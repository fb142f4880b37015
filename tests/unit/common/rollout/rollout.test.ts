import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONCURRENCY } from '../../../../tasks/common/kubernetes/client';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import { applyAll, type RolloutContext } from '../../../../tasks/common/rollout/rollout';

describe('applyAll', () => {
  const objects = Array.from({ length: 3 * CONCURRENCY }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `settings-${index}` },
  }));
  let begun: number;
  let underWay: number;
  let most: number;

  const contextWith = (answer: (object: KubernetesObject) => Promise<KubernetesObject>): RolloutContext => {
    [begun, underWay, most] = [0, 0, 0];
    const apply = async (object: KubernetesObject): Promise<KubernetesObject> => {
      begun++;
      most = Math.max(most, ++underWay);
      try {
        return await answer(object);
      } finally {
        underWay--;
      }
    };
    return { cluster: { client: { apply } } } as unknown as RolloutContext;
  };

  it('applies some objects at a time, and answers in their order', async () => {
    const answers = await applyAll(
      contextWith(async (object) => {
        await sleep(1);
        return object;
      }),
      objects,
    );
    assert.deepEqual(answers, objects);
    assert.equal(most, CONCURRENCY);
  });

  it('begins none after a failure, and throws it when no request is under way', async () => {
    const context = contextWith(async (object) => {
      await sleep(object.metadata.name === 'settings-3' ? 1 : 20);
      if (object.metadata.name === 'settings-3') throw new Error('refused');
      return object;
    });
    await assert.rejects(applyAll(context, objects), /refused/);
    assert.equal(underWay, 0);
    assert.equal(begun, CONCURRENCY);
  });
});
