import pLimit from 'p-limit';
import { localized } from '../common/agent/messages';
import { UserError } from '../common/errors';
import { CONCURRENCY, type ResourceType } from '../common/kubernetes/client';
import type { Cluster } from '../common/kubernetes/cluster';
import type { KubernetesObject } from '../common/kubernetes/object';
import { isAwaited } from '../common/rollout/health';
import { fieldsAt } from './fields';

/** One verb on one resource, as RBAC has it. */
export interface Permission {
  /** Empty for the core group. */
  group: string;
  /** Plural, with a subresource after a slash. */
  resource: string;
  verb: string;
  namespaced: boolean;
}

type Resource = Pick<ResourceType, 'apiVersion' | 'plural' | 'namespaced'>;

const v1 = (plural: string): Resource => ({ apiVersion: 'v1', plural, namespaced: true });

/** What is applied is also read, restored, and removed when it left or when a first release fails. */
const OF_RELEASE = ['get', 'create', 'patch', 'delete'];
/** Besides, where the rollout waits for an object: the monitor watches its kind. */
const OF_AWAITED = ['list', 'watch'];
/** Never removed (`obsolete`). */
const KEPT = ['namespaces', 'persistentvolumeclaims', 'customresourcedefinitions'];
/** Besides the objects: the records, the lease, the watch of the pods, and what a diagnosis reads. */
const ALWAYS: readonly (readonly [Resource, readonly string[]])[] = [
  [v1('secrets'), ['get', 'list', 'create', 'patch', 'delete']],
  [{ apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespaced: true }, ['get', 'create', 'update']],
  [v1('pods'), ['list', 'watch']],
  [v1('pods/log'), ['get']],
  [v1('events'), ['list', 'watch']],
  [{ apiVersion: 'apps/v1', plural: 'replicasets', namespaced: true }, ['list', 'watch']],
  [{ apiVersion: 'autoscaling/v2', plural: 'horizontalpodautoscalers', namespaced: true }, ['list']],
];

/** Everything that the deployment, its watch and a rollback need, each once. */
export function neededPermissions(
  placed: readonly { type: Resource; object: KubernetesObject }[],
  createNamespace: boolean,
): Permission[] {
  const needed = [
    ...placed.map(({ type, object }) => [type, verbsFor(type, isAwaited(object))] as const),
    ...ALWAYS,
    ...(createNamespace
      ? [[{ apiVersion: 'v1', plural: 'namespaces', namespaced: false }, ['create']] as const]
      : []),
  ].flatMap(([{ apiVersion, plural, namespaced }, verbs]) =>
    verbs.map((verb) => ({ group: groupOf(apiVersion), resource: plural, verb, namespaced })),
  );
  return [...new Map(needed.map((permission) => [keyOf(permission), permission])).values()];
}

function verbsFor({ plural }: Resource, awaited: boolean): readonly string[] {
  const verbs = KEPT.includes(plural) ? OF_RELEASE.filter((verb) => verb !== 'delete') : OF_RELEASE;
  return awaited ? [...verbs, ...OF_AWAITED] : verbs;
}

/**
 * Asks the API server whether the deployment may do all that it needs, before it does anything. One request tells what a
 * role of the namespace allows; only what it does not tell (cluster-wide resources, authorizers such as Azure RBAC that keep
 * no lists) is asked for one by one.
 * @throws UserError that lists every missing permission with the RBAC rules to add
 */
export async function checkPermissions(
  cluster: Cluster,
  permissions: readonly Permission[],
  signal: AbortSignal,
): Promise<void> {
  const rules = await rulesOf(cluster);
  const unsure = permissions.filter((permission) => !permission.namespaced || !isGranted(permission, rules));
  const answers = await pLimit(CONCURRENCY).map(unsure, (permission) => {
    signal.throwIfAborted();
    return isAllowed(cluster, permission);
  });
  const missing = unsure.filter((_, index) => answers[index] === false);
  if (missing.length === 0) return;
  const list = missing.map(
    ({ verb, resource, group, namespaced }) =>
      `- ${verb} ${resource}${group === '' ? '' : `.${group}`}${namespaced ? ` in ${cluster.namespace}` : ' (cluster-wide)'}`,
  );
  throw new UserError(
    `${localized('PermissionsLacking', await whoAmI(cluster), missing.length, permissions.length)}\n` +
      `${list.join('\n')}\nAdd these rules to its roles:\n${rulesFor(missing)}`,
  );
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/ */
interface ResourceRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

async function rulesOf({ client, namespace }: Cluster): Promise<ResourceRule[]> {
  const review = await client.review({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  });
  return fieldsAt(review, 'status/resourceRules') as unknown as ResourceRule[];
}

/** Whether a rule of the list grants it for every name. */
export function isGranted({ group, resource, verb }: Permission, rules: readonly ResourceRule[]): boolean {
  const has = (list: string[] | undefined, ...wanted: string[]): boolean =>
    list?.some((entry) => entry === '*' || wanted.includes(entry)) ?? false;
  const [, subresource] = resource.split('/');
  return rules.some(
    ({ verbs, apiGroups, resources, resourceNames }) =>
      has(verbs, verb) &&
      has(apiGroups, group) &&
      has(resources, resource, ...(subresource === undefined ? [] : [`*/${subresource}`])) &&
      (resourceNames ?? []).length === 0,
  );
}

async function isAllowed({ client, namespace }: Cluster, permission: Permission): Promise<boolean> {
  const { group, verb, namespaced } = permission;
  const [resource, subresource] = permission.resource.split('/');
  const review = await client.review({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: { group, resource, subresource, verb, ...(namespaced && { namespace }) },
    },
  });
  return fieldsAt(review, 'status')[0]?.allowed === true;
}

/** The user that the API server takes us for; before Kubernetes 1.28 it does not say. */
async function whoAmI({ client }: Cluster): Promise<string> {
  const review = await client
    .review({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
    .catch(() => undefined);
  const username = fieldsAt(review, 'status/userInfo')[0]?.username;
  return typeof username === 'string' ? `The user '${username}'` : 'The identity of the service connection';
}

/** RBAC rules that grant the permissions, as they stand in a Role or, for what is cluster-wide, in a ClusterRole. */
export function rulesFor(permissions: readonly Permission[]): string {
  const section = (title: string, namespaced: boolean): string[] => {
    const rules = mergedRules(permissions.filter((permission) => permission.namespaced === namespaced));
    return rules.length === 0 ? [] : [`# ${title}`, ...rules.map(ruleText)];
  };
  return [...section('Role in the namespace', true), ...section('ClusterRole', false)].join('\n');
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** Lists in one line each, as people write rules; JSON's are YAML's. */
function ruleText({ apiGroups, resources, verbs }: Rule): string {
  return `- apiGroups: ${list(apiGroups)}\n  resources: ${list(resources)}\n  verbs: ${list(verbs)}`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

/** One rule for all resources of a group that need the same verbs. */
function mergedRules(permissions: readonly Permission[]): Rule[] {
  const verbsOf = new Map<string, { group: string; resource: string; verbs: string[] }>();
  for (const { group, resource, verb } of permissions) {
    const key = `${group}/${resource}`;
    const entry = verbsOf.get(key) ?? { group, resource, verbs: [] };
    verbsOf.set(key, { ...entry, verbs: [...entry.verbs, verb] });
  }
  const rules = new Map<string, Rule>();
  for (const { group, resource, verbs } of verbsOf.values()) {
    const key = `${group} ${verbs.join()}`;
    const rule = rules.get(key) ?? { apiGroups: [group], resources: [], verbs };
    rules.set(key, { ...rule, resources: [...rule.resources, resource] });
  }
  return [...rules.values()];
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

function keyOf({ group, resource, verb }: Permission): string {
  return [group, resource, verb].join(' ');
}
