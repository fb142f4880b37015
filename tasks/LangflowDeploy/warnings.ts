import { nameOf, type KubernetesObject } from '../common/kubernetes/object';
import { scaledKey, type Scaled } from './autoscaling';
import { fieldsAt, isFields, type Fields } from './fields';
import { containersOf, podTemplateOf, qualifiedKind, type Container, type PodTemplate } from './podSpec';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ */
const DEFAULT_GRACE_SECONDS = 30;
const DEFAULT_MAX_UNAVAILABLE = '25%';

/**
 * What will cost requests when a Deployment of the release is rolled or a node is drained, a sentence each.
 * @param objects of the release
 */
export function availabilityWarnings(objects: readonly KubernetesObject[], scaled: Scaled): string[] {
  const ofKind = (kind: string): KubernetesObject[] =>
    objects.filter((object) => qualifiedKind(object) === kind);
  const budgets = ofKind('PodDisruptionBudget.policy');
  const services = ofKind('Service');
  return ofKind('Deployment.apps').flatMap((object) => {
    const template = podTemplateOf(object);
    const [spec] = fieldsAt(object, 'spec');
    if (!template || !spec) return [];
    const replicas = scaled.get(scaledKey(object)) ?? (typeof spec.replicas === 'number' ? spec.replicas : 1);
    const labels = (template.metadata?.labels ?? {}) as Fields;
    const isServed = services.some((service) => matchesLabels(fieldsAt(service, 'spec/selector')[0], labels));
    return [
      ...strategyWarnings(spec, replicas),
      ...(replicas > 1 && !budgets.some((budget) => selects(budget, labels))
        ? [
            'has no PodDisruptionBudget, so that draining nodes may end all its pods at once; add one with maxUnavailable: 1.',
          ]
        : []),
      ...probeWarnings(template),
      ...(isServed ? shutdownWarnings(template) : []),
    ].map((warning) => `${nameOf(object)} ${warning}`);
  });
}

function strategyWarnings(spec: Fields, replicas: number): string[] {
  const [strategy] = fieldsAt(spec, 'strategy');
  if (strategy?.type === 'Recreate') {
    return [
      'has the strategy Recreate: it does not serve between its old and its new pods; RollingUpdate would.',
    ];
  }
  const [rollingUpdate] = fieldsAt(strategy, 'rollingUpdate');
  const unavailable = podsOf(rollingUpdate?.maxUnavailable ?? DEFAULT_MAX_UNAVAILABLE, replicas);
  if (replicas === 0 || unavailable < replicas) return [];
  const pods = replicas === 1 ? 'its only pod' : `all ${replicas} pods`;
  return [`may end ${pods} before a new one is ready (maxUnavailable); set maxUnavailable to 0.`];
}

/** A share is rounded down, as the Deployment controller does for maxUnavailable. */
function podsOf(count: unknown, replicas: number): number {
  const share = /^(\d+)%$/.exec(String(count))?.[1];
  return share === undefined ? Number(count) : Math.floor((Number(share) * replicas) / 100);
}

function probeWarnings(template: PodTemplate): string[] {
  const containers = fieldsAt(template, 'spec/containers');
  if (containers.some(({ readinessProbe }) => isFields(readinessProbe))) return [];
  return [
    'has no readinessProbe: a pod gets requests, and the rollout goes on, before it can answer; add one.',
  ];
}

/** Endpoints are taken out of the nodes' tables while the pod already ends: it has to serve on for some seconds. */
function shutdownWarnings(template: PodTemplate): string[] {
  const serving = (fieldsAt(template, 'spec/containers') as unknown as Container[]).filter(
    ({ ports }) => Array.isArray(ports) && ports.length > 0,
  );
  const candidates = serving.length > 0 ? serving : containersOf(template).slice(-1);
  const grace = template.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return candidates.flatMap(({ name, lifecycle }) => {
    if (!isFields(lifecycle?.preStop)) {
      return [
        `has no preStop hook in container '${name}': it stops to serve while requests still reach it; let it sleep 5 s there.`,
      ];
    }
    const seconds = sleepOf(lifecycle.preStop);
    if (seconds === undefined || seconds < grace) return [];
    return [
      `waits ${seconds} s in the preStop hook of container '${name}', but is killed after terminationGracePeriodSeconds: ${grace}; raise it.`,
    ];
  });
}

/** Seconds of `sleep: { seconds: 5 }`, `[sleep, '5']` or `[sh, -c, sleep 5; …]`; undefined for other hooks. */
function sleepOf(preStop: object): number | undefined {
  const [sleep] = fieldsAt(preStop, 'sleep');
  if (typeof sleep?.seconds === 'number') return sleep.seconds;
  const command = fieldsAt(preStop, 'exec')[0]?.command;
  const text = Array.isArray(command) ? command.join(' ') : '';
  const seconds = /\bsleep (\d+)\b/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function selects(budget: KubernetesObject, labels: Fields): boolean {
  const [selector] = fieldsAt(budget, 'spec/selector');
  if (!selector) return false;
  const [matchLabels = {}] = fieldsAt(selector, 'matchLabels');
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    fieldsAt(selector, 'matchExpressions').every((expression) => holds(expression, labels))
  );
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
function holds({ key, operator, values }: Fields, labels: Fields): boolean {
  const value = labels[String(key)];
  const among = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return among;
    case 'NotIn':
      return !among;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function matchesLabels(selector: Fields | undefined, labels: Fields): boolean {
  const entries = Object.entries(selector ?? {});
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}
