import { info, warning } from '../../common/agent/log';
import { localized } from '../../common/agent/messages';
import type { Cluster } from '../../common/kubernetes/cluster';
import { keyOf, type KubernetesObject } from '../../common/kubernetes/object';
import type { Canary } from '../../common/rollout/record';
import { judge, place } from '../cluster';
import { fieldsAt } from '../fields';
import type { Judged } from '../plan';
import { bare } from '../prepare';
import { canaryObjects } from './canaryObjects';

/**
 * The canary of a release that the API server has judged, judged as well.
 * @param former objects of the stable release
 * @throws RefusedError when the API server would not take it
 */
export async function planCanary(
  cluster: Cluster,
  judged: readonly Judged[],
  former: readonly KubernetesObject[],
  share: number,
  signal: AbortSignal,
): Promise<Canary> {
  const live = new Map(judged.map((item) => [keyOf(item.object), item.live]));
  const replicasOf = (object: KubernetesObject): number | undefined => {
    const replicas = fieldsAt(live.get(keyOf(object)), 'spec')[0]?.replicas;
    return typeof replicas === 'number' ? replicas : undefined;
  };
  const { objects, sentences, waiting } = canaryObjects(former, bare(judged), replicasOf, share);
  const known = new Set(judged.map(({ object }) => keyOf(object)));
  const own = objects.filter((object) => !known.has(keyOf(object)));
  const placed = await place(
    cluster,
    own.map((object) => ({ object, source: "input 'canary'" })),
  );
  // A canary has only ever been ours: nobody else's fields are lost.
  await judge(cluster, placed, { former: [], forceConflicts: true, namespaceExists: true, signal });

  if (sentences.length === 0) warning(localized('CanaryWithoutPods'));
  else info(`Canary of ${share} %:\n${sentences.map((line) => `- ${line}`).join('\n')}`);
  if (waiting.length > 0)
    info(`Waiting for the promotion, as they are no part of a canary: ${waiting.join(', ')}.`);
  return { share, objects };
}
