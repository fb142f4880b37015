import pLimit from 'p-limit';
import { localized } from '../common/agent/messages';
import { messageOf, UserError } from '../common/errors';
import { ApiError, CONCURRENCY, type KubernetesClient, type ResourceType } from '../common/kubernetes/client';
import { namespaceObject, type Cluster } from '../common/kubernetes/cluster';
import type { KubernetesObject } from '../common/kubernetes/object';
import {
  HANDOVER_MANAGER,
  handoverOf,
  isHandBack,
  scaledBy,
  withoutScaledReplicas,
  type Scaled,
} from './autoscaling';
import { fieldsAt, textOf } from './fields';
import { manifestName } from './names';
import { predecessorOf, type Judged } from './plan';
import { qualifiedKind } from './podSpec';
import type { ManifestObject } from './render/manifest';

/** The API server refused objects of the release, before anything was applied. */
export class RefusedError extends UserError {
  override name = 'RefusedError';
}

/** An object of the release and where the cluster serves its kind. */
export interface PlacedObject extends ManifestObject {
  type: ResourceType;
  /** Whether the kind comes with this very release, so that the server cannot judge the object before. */
  newKind: boolean;
}

/** Whether the namespace is there. An identity that may not look takes it to be: only an administrator makes it then. */
export async function namespaceExists({ client, namespace }: Cluster): Promise<boolean> {
  try {
    return (await client.find(namespaceObject(namespace))) !== undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return true;
    throw error;
  }
}

/**
 * Makes the namespace: as a manifest of the release has it, since its labels (Pod Security) decide what it takes.
 * @returns a function that removes it again, for a release that is refused
 */
export async function createNamespace(
  { client, namespace }: Cluster,
  objects: readonly KubernetesObject[],
): Promise<() => Promise<void>> {
  const own = objects.find((object) => object.kind === 'Namespace' && object.metadata.name === namespace);
  const object = own ?? namespaceObject(namespace);
  await client.apply(object);
  return () => client.remove(object);
}

/**
 * Puts each namespaced object into the namespace.
 * @throws UserError for a kind that neither the cluster serves nor the release brings
 */
export async function place(
  { client, namespace }: Cluster,
  objects: readonly ManifestObject[],
): Promise<PlacedObject[]> {
  const brought = new Map(objects.flatMap(({ object }) => typesBroughtBy(object)));
  const kinds = new Map(objects.map(({ object }) => [`${object.apiVersion} ${object.kind}`, object]));
  const served = new Map(
    await pLimit(CONCURRENCY).map(
      kinds,
      async ([key, { apiVersion, kind }]) => [key, await client.resourceType(apiVersion, kind)] as const,
    ),
  );
  return objects.map(({ object, source }) => {
    const key = `${object.apiVersion} ${object.kind}`;
    const known = served.get(key);
    const type = known ?? brought.get(key);
    if (!type) {
      throw new UserError(
        `${source}: the cluster does not know ${object.kind} of ${object.apiVersion}. ` +
          'Correct the manifest, or install what brings this kind first; nothing was applied.',
      );
    }
    const placed = type.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
    return { source, object: placed, type, newKind: known === undefined };
  });
}

/** The kinds of a CustomResourceDefinition, by `apiVersion kind`. */
function typesBroughtBy(object: KubernetesObject): [string, ResourceType][] {
  if (qualifiedKind(object) !== 'CustomResourceDefinition.apiextensions.k8s.io') return [];
  const [spec] = fieldsAt(object, 'spec');
  const [names] = fieldsAt(spec, 'names');
  return fieldsAt(spec, 'versions').map((version) => {
    const type = {
      apiVersion: `${textOf(spec?.group)}/${textOf(version.name)}`,
      kind: textOf(names?.kind),
      plural: textOf(names?.plural),
      namespaced: spec?.scope === 'Namespaced',
    };
    return [`${type.apiVersion} ${type.kind}`, type];
  });
}

/** What autoscalers of the release and of the namespace scale. */
export async function findScaled(
  { client, namespace }: Cluster,
  objects: readonly KubernetesObject[],
): Promise<Scaled> {
  const { items } = await client.listPath(
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  );
  return new Map([...scaledBy(items), ...scaledBy(objects)]);
}

export interface JudgeOptions {
  /** Objects of the release that is there. */
  former: readonly KubernetesObject[];
  /** Take fields over that others own. */
  forceConflicts: boolean;
  /** Without it, the server cannot judge what would stand in it. */
  namespaceExists: boolean;
  signal: AbortSignal;
}

/**
 * Lets the API server, with its admission, judge every object without keeping any, and reads what is there now.
 * @throws RefusedError that lists all objects that it refuses, and every field that somebody else owns
 */
export async function judge(
  { client }: Cluster,
  objects: readonly PlacedObject[],
  { former, forceConflicts: force, namespaceExists, signal }: JudgeOptions,
): Promise<Judged[]> {
  const refusals: { text: string; conflict: boolean }[] = [];
  const judged = await pLimit(CONCURRENCY).map(
    objects,
    async ({ object, source, type, newKind }): Promise<Judged> => {
      signal.throwIfAborted();
      if (newKind) return { object, source };
      const live = await client.find(object);
      const before = live ? undefined : predecessorOf(object, former);
      const predecessor = before && ((await client.find(before)) ?? before);
      // As it will be once the replicas are handed over.
      const handover = handoverOf(object, live);
      const wanted = handover
        ? { ...object, spec: { ...fieldsAt(object, 'spec')[0], ...fieldsAt(handover, 'spec')[0] } }
        : object;
      try {
        const answer = await dryRun(client, wanted, force);
        return { object, source, answer, live, predecessor };
      } catch (error) {
        if (!namespaceExists && type.namespaced && isMissingNamespace(error)) return { object, source };
        const conflict = error instanceof ApiError && error.code === 409;
        refusals.push({ text: `- ${source}: ${manifestName(object)}: ${messageOf(error)}`, conflict });
        return { object, source };
      }
    },
  );
  if (refusals.length === 0) return judged;
  const remedy = refusals.some(({ conflict }) => conflict)
    ? '\nA field in conflict was set by the named manager. Take it out of the manifest, or set the input forceConflicts to true ' +
      'to take it over.'
    : '';
  const list = refusals.map(({ text }) => text).sort();
  throw new RefusedError(
    `${localized('ObjectsRefused', list.length, objects.length)}\n${list.join('\n')}${remedy}`,
  );
}

async function dryRun(
  client: KubernetesClient,
  object: KubernetesObject,
  force: boolean,
): Promise<KubernetesObject> {
  try {
    return await client.apply(object, { dryRun: true, force });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 409 && isHandBack(error.message))) throw error;
    return client.apply(object, { dryRun: true, force: true });
  }
}

function isMissingNamespace(error: unknown): boolean {
  return (
    error instanceof ApiError && error.code === 404 && /^namespaces "[^"]+" not found/.test(error.message)
  );
}

/** Lets the replicas of workloads that an autoscaler has taken over stay as they are when we stop to apply them. */
export async function handOverReplicas({ client }: Cluster, judged: readonly Judged[]): Promise<void> {
  const handovers = judged.flatMap(({ object, live }) => handoverOf(object, live) ?? []);
  await pLimit(CONCURRENCY).map(handovers, (object) => client.apply(object, { manager: HANDOVER_MANAGER }));
}

/** The objects without replicas that are an autoscaler's to decide. */
export function leaveReplicas(objects: readonly PlacedObject[], scaled: Scaled): PlacedObject[] {
  return objects.map((item) => ({ ...item, object: withoutScaledReplicas(item.object, scaled) }));
}
