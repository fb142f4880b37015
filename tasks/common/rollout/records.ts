import { UserError } from '../errors';
import { ApiError } from '../kubernetes/client';
import type { Cluster } from '../kubernetes/cluster';
import type { KubernetesObject } from '../kubernetes/object';
import { readRecords, RECORD_LABEL, recordSecret, type ReleaseRecord } from './record';

/** The latest first. */
export async function listRecords({ client, namespace }: Cluster): Promise<ReleaseRecord[]> {
  const labelSelector = Object.entries(RECORD_LABEL)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await client.listPath(`/api/v1/namespaces/${namespace}/secrets`, { labelSelector });
  return readRecords(items);
}

/** @throws UserError when another deployment has taken the revision in the meantime */
export async function createRecord({ client, namespace }: Cluster, record: ReleaseRecord): Promise<void> {
  try {
    await client.createObject(inNamespace(recordSecret(record), namespace));
  } catch (error) {
    if (error instanceof ApiError && error.code === 409) {
      throw new UserError(
        `Another deployment to the namespace '${namespace}' has just begun (revision ${record.revision}); nothing was ` +
          'applied. Let it end, and give the environment an exclusive lock check.',
      );
    }
    throw error;
  }
}

export async function updateRecord({ client, namespace }: Cluster, record: ReleaseRecord): Promise<void> {
  await client.apply(inNamespace(recordSecret(record), namespace));
}

export async function removeRecords(
  { client, namespace }: Cluster,
  records: readonly ReleaseRecord[],
): Promise<void> {
  await Promise.all(records.map((record) => client.remove(inNamespace(recordSecret(record), namespace))));
}

function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}
