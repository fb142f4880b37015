import { systemClock } from '../common/clock';
import { kubeConfigFromConnection } from '../common/connections/kubernetes';
import { messageOf, UserError } from '../common/errors';
import { ApiError, KubernetesClient } from '../common/kubernetes/client';
import { nameOf, type KubernetesObject } from '../common/kubernetes/object';
import type { ManifestObject } from './manifests';
import { readRecords, RECORD_LABEL, recordSecret, type ReleaseRecord } from './record';

/** The namespace of the release in its cluster. */
export interface Cluster {
  client: KubernetesClient;
  namespace: string;
  /** Address of the API server. */
  server: string;
}

export function connect(connectionId: string, namespace: string): Cluster {
  const config = kubeConfigFromConnection(connectionId);
  const client = KubernetesClient.connect(config, namespace, systemClock);
  return { client, namespace, server: config.getCurrentCluster()?.server ?? '' };
}

/** Makes the namespace unless it is there; without it not even a dry run is possible. */
export async function ensureNamespace({ client, namespace }: Cluster): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  if (await client.find(object)) return;
  await client.createObject(object).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  });
}

/**
 * Puts each namespaced object into the namespace.
 * @throws UserError for a kind that the cluster does not serve
 */
export async function place(
  { client, namespace }: Cluster,
  objects: readonly ManifestObject[],
): Promise<ManifestObject[]> {
  return Promise.all(
    objects.map(async ({ object, source }) => {
      const type = await client.resourceType(object.apiVersion, object.kind);
      if (!type) {
        throw new UserError(
          `${source}: the cluster does not know ${object.kind} of ${object.apiVersion}. ` +
            'Correct the manifest, or install what brings this kind first; nothing was applied.',
        );
      }
      if (!type.namespaced) return { object, source };
      return { source, object: { ...object, metadata: { ...object.metadata, namespace } } };
    }),
  );
}

/**
 * Lets the API server, with its admission, judge every object without keeping any.
 * @throws UserError that lists all that it refuses
 */
export async function dryRun({ client }: Cluster, objects: readonly ManifestObject[]): Promise<void> {
  const answers = await Promise.all(
    objects.map(({ object, source }) =>
      client.apply(object, { dryRun: true }).then(
        () => [],
        (error: unknown) => [`- ${source}: ${nameOf(object)}: ${messageOf(error)}`],
      ),
    ),
  );
  const refused = answers.flat();
  if (refused.length > 0) {
    throw new UserError(
      `The API server refuses ${refused.length} of ${objects.length} objects; nothing was applied.\n${refused.join('\n')}`,
    );
  }
}

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
