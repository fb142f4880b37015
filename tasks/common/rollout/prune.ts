import pLimit from 'p-limit';
import { warning } from '../agent/log';
import { localized } from '../agent/messages';
import { CONCURRENCY } from '../kubernetes/client';
import type { Cluster } from '../kubernetes/cluster';
import { MANAGED_BY_LABEL, MANAGER, nameOf, type KubernetesObject } from '../kubernetes/object';

/** Deletes objects that left the release; one that has lost our label belongs to somebody else by now and stays. */
export async function prune({ client }: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  await pLimit(CONCURRENCY).map(objects, async (object) => {
    const current = await client.find(object);
    if (!current) return;
    if (current.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER) await client.remove(object);
    else warning(localized('ObjectStays', nameOf(object), MANAGED_BY_LABEL));
  });
}
