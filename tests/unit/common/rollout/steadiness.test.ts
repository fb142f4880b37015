import assert from 'node:assert/strict';
import { progressing, healthy } from '../../../../tasks/common/rollout/healthState';
import { Steadiness, STEADY_MS } from '../../../../tasks/common/rollout/steadiness';
import { object } from './samples';

describe('Steadiness', () => {
  const deployment = (container: object, replicas = 1) =>
    object('Deployment', 'web', { spec: { replicas, template: { spec: { containers: [container] } } } });
  const probeless = deployment({ name: 'main' });
  const rolling = progressing('0 of 1 pods updated');

  /** The states of a workload as its controller sees them: at which time, and healthy or not. */
  function judged(given: ReturnType<typeof object>, ...states: [number, boolean][]): string[] {
    const steadiness = new Steadiness();
    return states.map(([at, isHealthy]) => steadiness.judge(given, isHealthy ? healthy : rolling, at).state);
  }

  it('lets a workload without a readiness probe show that it stays up', () => {
    assert.deepEqual(judged(probeless, [0, false], [1, true], [STEADY_MS, true], [STEADY_MS + 1, true]), [
      'progressing',
      'progressing',
      'progressing',
      'healthy',
    ]);
  });

  it('begins again when it has ended in between', () => {
    assert.deepEqual(
      judged(probeless, [0, false], [1, true], [2, false], [3, true], [STEADY_MS + 1, true]).at(-1),
      'progressing',
    );
  });

  it('believes at once what has a probe, what was not rolled, and what keeps no pod', () => {
    const probed = deployment({ name: 'main', readinessProbe: {} });
    assert.equal(judged(probed, [0, false], [1, true]).at(-1), 'healthy');
    assert.equal(judged(probeless, [0, true]).at(-1), 'healthy');
    assert.equal(judged(deployment({ name: 'main' }, 0), [0, false], [1, true]).at(-1), 'healthy');
    assert.equal(judged(object('Job'), [0, false], [1, true]).at(-1), 'healthy');
  });
});
