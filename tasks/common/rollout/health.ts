import type { KubernetesObject } from '../kubernetes/object';
import { conditionsOf, type Condition } from '../kubernetes/pods';
import { healthy, progressing, failed, type Health } from './healthState';
import { WORKLOAD_RULES } from './workloadHealth';

export type { Health } from './healthState';

/** What a status of any kind may hold. */
interface AnyStatus {
  observedGeneration?: number;
  phase?: string;
}

/** Whether the workload makes pods, or runs to an end; the next wave waits for these. */
export function isWorkload({ kind, apiVersion }: KubernetesObject): boolean {
  return kind in WORKLOAD_RULES && /^(apps|batch)\//.test(apiVersion);
}

/**
 * Judges an object as the API server has it, by the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status: core.go,
 * generic.go), which kubectl-like tools share; for Ingress and the Gateway API, which kstatus has no rule for, by the
 * fields with which their specification reports success. A custom resource is judged by its conditions.
 */
export function healthOf(object: KubernetesObject): Health {
  const status = (object.status ?? {}) as AnyStatus;
  if (object.metadata.deletionTimestamp !== undefined) return failed('it is being deleted');
  if ((status.observedGeneration ?? Infinity) < (object.metadata.generation ?? 0))
    return progressing('waiting for its controller to see the change');
  const rule = isWorkload(object) ? WORKLOAD_RULES[object.kind] : RULES[object.kind];
  if (rule) return rule(object);
  return conditionsHealth(conditionsOf(status));
}

const RULES: Record<string, (object: KubernetesObject) => Health> = {
  PersistentVolumeClaim: ({ status }) => {
    const { phase = 'Pending' } = (status ?? {}) as AnyStatus;
    if (phase === 'Lost') return failed('its volume is lost');
    return phase === 'Bound' ? healthy : progressing(`waiting for a volume (${phase})`);
  },
  Service: (object) => {
    const { type } = (object.spec ?? {}) as { type?: string };
    return type === 'LoadBalancer' ? addressHealth(object) : healthy;
  },
  Ingress: addressHealth,
  Gateway: ({ status }) => required(conditionsOf(status), ['Accepted', 'Programmed']),
  HTTPRoute: routeHealth,
  GRPCRoute: routeHealth,
  CustomResourceDefinition: ({ status }) => {
    const conditions = conditionsOf(status);
    const names = conditions.find(({ type }) => type === 'NamesAccepted');
    if (names?.status === 'False') return failed(names.message ?? 'its names are not accepted');
    return required(conditions, ['Established']);
  },
  PodDisruptionBudget: ({ status }) => {
    const { currentHealthy = 0, desiredHealthy = 0 } = (status ?? {}) as Record<string, number | undefined>;
    if (currentHealthy >= desiredHealthy) return healthy;
    return progressing(`${currentHealthy} of ${desiredHealthy} pods that it wants are healthy`);
  },
  // Their conditions speak of the load, not of whether the object was accepted: an HPA without metrics scales nothing.
  HorizontalPodAutoscaler: () => healthy,
};

/** An address in `status.loadBalancer`: of a Service of type LoadBalancer, or of an Ingress. */
function addressHealth({ status }: KubernetesObject): Health {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: unknown[] } };
  return loadBalancer?.ingress?.length ? healthy : progressing('waiting for an address from its controller');
}

/** https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus: each parent reports by itself. */
function routeHealth({ status }: KubernetesObject): Health {
  const { parents = [] } = (status ?? {}) as { parents?: { conditions?: Condition[] }[] };
  if (parents.length === 0) return progressing('waiting for a Gateway to accept it');
  const states = parents.map((parent) => required(conditionsOf(parent), ['Accepted', 'ResolvedRefs']));
  return states.find(({ state }) => state !== 'healthy') ?? healthy;
}

function required(conditions: readonly Condition[], types: readonly string[]): Health {
  for (const wanted of types) {
    const condition = conditions.find(({ type }) => type === wanted);
    if (condition?.status !== 'True')
      return progressing(wordsOf(condition) ?? `waiting for the condition ${wanted}`);
  }
  return healthy;
}

/**
 * The generic rule: Stalled=True has failed, Reconciling=True goes on, and a resource that knows Ready or Available is
 * healthy when it is True. Everything else is what it is as soon as it is stored.
 */
function conditionsHealth(conditions: readonly Condition[]): Health {
  const of = (wanted: string): Condition | undefined => conditions.find(({ type }) => type === wanted);
  const stalled = of('Stalled');
  if (stalled?.status === 'True') return failed(wordsOf(stalled) ?? 'it is stalled');
  const reconciling = of('Reconciling');
  if (reconciling?.status === 'True') return progressing(wordsOf(reconciling) ?? 'reconciling');
  const ready = of('Ready') ?? of('Available');
  if (ready && ready.status !== 'True') return progressing(wordsOf(ready) ?? 'not ready');
  return healthy;
}

function wordsOf(condition: Condition | undefined): string | undefined {
  const words = [condition?.reason, condition?.message].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? undefined : words.join(': ');
}

/** With `"false"`, nobody waits for the object. */
export const WAIT_ANNOTATION = 'langflow-delivery/wait';
/** A group of Kubernetes itself; any other is of a custom resource. */
const BUILT_IN_GROUP = /^([a-z]+|([a-z.]+\.)?k8s\.io)$/;
/** They become healthy by what comes in later waves, as an address does by what listens behind it. */
const LATE_KINDS = new Set([
  'PodDisruptionBudget',
  'Service',
  'Ingress',
  'Gateway',
  'HTTPRoute',
  'GRPCRoute',
]);

/** Whether the release is only whole when this object is healthy; ConfigMaps and the like are as soon as they are stored. */
export function isAwaited(object: KubernetesObject): boolean {
  const { apiVersion, kind, metadata, spec } = object;
  if (metadata.annotations?.[WAIT_ANNOTATION] === 'false') return false;
  if (kind === 'Service') return (spec as { type?: string } | undefined)?.type === 'LoadBalancer';
  // A claim may wait for its first consumer for ever; the pod that mounts one does not run without it.
  if (['PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'CronJob'].includes(kind)) return false;
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return kind in RULES || isWorkload(object) || (group !== '' && !BUILT_IN_GROUP.test(group));
}

/** Whether the next wave waits for this object, too. */
export function isGate(object: KubernetesObject): boolean {
  return isAwaited(object) && !LATE_KINDS.has(object.kind);
}
