import { messageOf, UserError } from '../common/errors';
import { ApiError } from '../common/kubernetes/client';
import type { Cluster } from '../common/kubernetes/cluster';
import { nameOf } from '../common/kubernetes/object';
import type { ManifestObject } from './manifests';

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
