import { UserError } from '../../common/errors';
import { keyOf, nameOf, type KubernetesObject } from '../../common/kubernetes/object';
import { plural } from '../../common/plural';
import { TRACK_LABEL } from '../../common/rollout/canary';
import { content } from '../../common/rollout/record';
import { fieldsAt, isFields, type Fields } from '../fields';
import { manifestName } from '../names';
import { podTemplateOf, qualifiedKind } from '../podSpec';
import { hashOf } from '../release';

/** What serves beside the stable release, and what of the new one does not yet. */
export interface CanaryPlan {
  /** Canary Deployments, and what of the new release they need. */
  objects: KubernetesObject[];
  /** A sentence for each Deployment of the canary: `Deployment/web-canary: 1 pod beside 4`. */
  sentences: string[];
  /** Changed objects that stay as the stable release has them until the promotion, as people call them. */
  waiting: string[];
}

/**
 * What the pods of a canary may need, and what takes nothing from the stable release when it is new: everything else, such
 * as an autoscaler, a policy or an Ingress, could change how the stable pods serve.
 */
const NEEDED_KINDS = new Set([
  'Secret',
  'ConfigMap',
  'SecretProviderClass.secrets-store.csi.x-k8s.io',
  'ServiceAccount',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'PersistentVolumeClaim',
  'Service',
  'StatefulSet.apps',
  'Job.batch',
]);

/**
 * The canary of a release: for each Deployment whose pods differ from the stable ones, another one with a share of the
 * replicas, whose pods have the labels of the stable ones and one more, so that the same Services lead to both. The stable
 * ones keep all of their pods: no capacity is lost, and to reject the canary is to delete it. Objects that are new come with
 * it as far as its pods may need them (migrations too); those that are changed wait for the promotion.
 * @param former objects of the stable release
 * @param replicasOf how many pods a stable Deployment has now; undefined for one that is not there
 * @param share percent of the replicas
 * @throws UserError when the release has a Deployment with the name of a canary
 */
export function canaryObjects(
  former: readonly KubernetesObject[],
  objects: readonly KubernetesObject[],
  replicasOf: (object: KubernetesObject) => number | undefined,
  share: number,
): CanaryPlan {
  const before = new Map(former.map((object) => [keyOf(object), object]));
  const plan: CanaryPlan = { objects: [], sentences: [], waiting: [] };
  for (const object of objects) {
    const stable = before.get(keyOf(object));
    const wanted = fieldsAt(object, 'spec')[0]?.replicas;
    const all = (stable && replicasOf(object)) ?? (typeof wanted === 'number' ? wanted : 1);
    const count = canaryReplicas(all, share);
    if (count > 0 && mayHaveCanary(object) && hasOtherPods(stable, object)) {
      const canary = canaryOf(object, count);
      refuseTaken(canary, objects);
      plan.objects.push(canary);
      plan.sentences.push(`${nameOf(canary)}: ${plural(count, 'pod')} beside ${stable ? all : 0}`);
    } else if (!stable && NEEDED_KINDS.has(qualifiedKind(object))) plan.objects.push(object);
    else if (!stable || hashOf(content(stable)) !== hashOf(content(object)))
      plan.waiting.push(manifestName(object));
  }
  return plan;
}

/** At least one pod of a Deployment that has any. */
export function canaryReplicas(replicas: number, share: number): number {
  return Math.ceil((replicas * share) / 100);
}

/** With the strategy Recreate, its pods must not run beside each other. */
function mayHaveCanary(object: KubernetesObject): boolean {
  return (
    qualifiedKind(object) === 'Deployment.apps' && fieldsAt(object, 'spec/strategy')[0]?.type !== 'Recreate'
  );
}

function hasOtherPods(stable: KubernetesObject | undefined, object: KubernetesObject): boolean {
  return stable === undefined || hashOf(podTemplateOf(stable)) !== hashOf(podTemplateOf(object));
}

function canaryOf(object: KubernetesObject, replicas: number): KubernetesObject {
  const { metadata } = object;
  const spec = fieldsOf(object.spec);
  const selector = fieldsOf(spec.selector);
  const template = fieldsOf(spec.template);
  return {
    ...object,
    metadata: { ...withTrack(metadata), name: `${metadata.name}-canary` },
    spec: {
      ...spec,
      replicas,
      selector: {
        ...selector,
        matchLabels: { ...fieldsOf(selector.matchLabels), [TRACK_LABEL]: 'canary' },
      },
      template: { ...template, metadata: withTrack(fieldsOf(template.metadata)) },
    },
  };
}

function withTrack<T extends object>(metadata: T): T {
  const { labels } = metadata as { labels?: unknown };
  return { ...metadata, labels: { ...fieldsOf(labels), [TRACK_LABEL]: 'canary' } };
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function refuseTaken(canary: KubernetesObject, objects: readonly KubernetesObject[]): void {
  if (!objects.some((object) => keyOf(object) === keyOf(canary))) return;
  throw new UserError(
    `${nameOf(canary)} is an object of the release, and would be the name of a canary; nothing was applied. ` +
      'Rename it, or deploy without canary.',
  );
}
