import { info } from '../agent/log';
import { localized } from '../agent/messages';
import type { Clock } from '../clock';
import { UserError } from '../errors';
import type { Cluster } from '../kubernetes/cluster';
import { keyOf, nameOf, type KubernetesObject } from '../kubernetes/object';
import { ownerOf, type Pod } from '../kubernetes/pods';
import { diagnose, summaryOf } from './diagnosis';
import { healthOf, isWorkload, type Health } from './health';
import { progressing } from './healthState';
import type { Monitor } from './monitor';
import { Steadiness } from './steadiness';
import type { Timeline } from './timeline';
import { creationTroubles, podTroubles, type ClusterEvent, type Trouble } from './trouble';

/** Objects that did not become healthy; the message is the diagnosis. */
export class RolloutError extends UserError {
  override name = 'RolloutError';
}

/** How long to wait, and for whom. */
export interface Patience {
  clock: Clock;
  /** On the clock, in milliseconds. */
  deadline: number;
  signal: AbortSignal;
}

/** An object as it is, and what keeps it from being healthy. */
export interface Observation {
  object: KubernetesObject;
  health: Health;
  troubles: Trouble[];
  warnings: ClusterEvent[];
}

/** Nobody watches the clock but us: at the latest after this, in milliseconds, patience is judged anew. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Waits until all the objects are healthy.
 * @param applied the objects as the API server answered when they were applied: what is seen of them may be older
 * @param timeline gets every change of state
 * @throws RolloutError as soon as one cannot become healthy any more, or at the deadline
 */
export async function waitHealthy(
  cluster: Cluster,
  monitor: Monitor,
  applied: readonly KubernetesObject[],
  timeline: Timeline,
  { clock, deadline, signal }: Patience,
): Promise<void> {
  await monitor.follow(applied);
  const said = new Set<string>();
  const steadiness = new Steadiness();
  let since = new Map<string, number>();
  for (;;) {
    signal.throwIfAborted();
    const now = clock.now();
    const observations = observe(monitor, applied).map((observation) => {
      const health = steadiness.judge(observation.object, observation.health, now);
      return { ...observation, health };
    });
    since = new Map(
      observations.flatMap(({ object, troubles }) =>
        troubles.map((trouble) => {
          const key = troubleKey(object, trouble);
          return [key, since.get(key) ?? now] as const;
        }),
      ),
    );
    for (const { object, health, troubles } of observations) {
      timeline.note(object, health, now);
      for (const trouble of troubles) {
        const key = troubleKey(object, trouble);
        if (!said.has(key)) info(`${nameOf(object)}: ${summaryOf(trouble)}`);
        said.add(key);
      }
    }
    const waiting = observations.filter(({ health }) => health.state !== 'healthy');
    if (waiting.length === 0) return;
    const isHopeless = ({ object, health, troubles }: Observation): boolean =>
      health.state === 'failed' ||
      troubles.some((trouble) => now - (since.get(troubleKey(object, trouble)) ?? now) >= trouble.patienceMs);
    const hopeless = waiting.filter(isHopeless);
    const late = now >= deadline;
    if (hopeless.length > 0 || late) {
      const blamed = hopeless.length > 0 ? hopeless : waiting;
      const texts = await Promise.all(blamed.map((observation) => diagnosisOf(cluster, observation, late)));
      throw new RolloutError(texts.join('\n'));
    }
    await monitor.changed(Math.min(LOOK_AGAIN_MS, deadline - now), signal);
  }
}

function troubleKey(object: KubernetesObject, { pod = '', container = '', reason }: Trouble): string {
  return [keyOf(object), pod, container, reason].join(' ');
}

async function diagnosisOf(
  cluster: Cluster,
  { object, health, troubles, warnings }: Observation,
  late: boolean,
): Promise<string> {
  const detail = health.state === 'healthy' ? '' : health.detail;
  const name = nameOf(object);
  const headline = late ? localized('UnhealthyInTime', name, detail) : localized('Unhealthy', name, detail);
  const diagnosis = await diagnose(cluster, troubles, warnings);
  return `${headline}\n${diagnosis}`.trimEnd();
}

/** Judges the objects by what the monitor has seen of them, of their pods, and of the warnings about both. */
export function observe(
  monitor: Pick<Monitor, 'find' | 'wasDeleted' | 'pods' | 'replicaSets' | 'newWarnings'>,
  applied: readonly KubernetesObject[],
): Observation[] {
  const pods = groupBy(monitor.pods(), ownerOf);
  const replicaSets = groupBy(monitor.replicaSets(), ownerOf);
  const events = groupBy(monitor.newWarnings(), ({ involvedObject }) => involvedObject?.uid);
  return applied.map((object) => {
    const current = monitor.find(object);
    const health = current ? healthSince(object, current) : missing(monitor, object);
    // Until its controller has seen the change, the newest pods of a workload are those of its former template.
    if (!current || !isWorkload(object) || health.state === 'healthy' || !isSeen(object, current))
      return { object: current ?? object, health, troubles: [], warnings: [] };
    const sets = replicaSets.get(current.metadata.uid) ?? [];
    const own = newestPods(current, pods, sets);
    const about = (uid: string | undefined): ClusterEvent[] => events.get(uid) ?? [];
    const makers = [current, ...sets].flatMap(({ metadata }) => about(metadata.uid));
    return {
      object: current,
      health,
      troubles: [
        ...creationTroubles(current, makers),
        ...own.flatMap((pod) => podTroubles(pod, about(pod.metadata.uid))),
      ].sort((a, b) => a.patienceMs - b.patienceMs),
      warnings: [...makers, ...own.flatMap(({ metadata }) => about(metadata.uid))],
    };
  });
}

function healthSince(applied: KubernetesObject, current: KubernetesObject): Health {
  return isOlder(current, applied) ? progressing('waiting to see the change') : healthOf(current);
}

function isOlder(current: KubernetesObject, applied: KubernetesObject): boolean {
  return (
    current.metadata.uid === applied.metadata.uid &&
    (current.metadata.generation ?? 0) < (applied.metadata.generation ?? 0)
  );
}

function isSeen(applied: KubernetesObject, current: KubernetesObject): boolean {
  const { observedGeneration } = (current.status ?? {}) as { observedGeneration?: number };
  return !isOlder(current, applied) && (observedGeneration ?? Infinity) >= (current.metadata.generation ?? 0);
}

function missing(monitor: Pick<Monitor, 'wasDeleted'>, { metadata }: KubernetesObject): Health {
  return monitor.wasDeleted(metadata.uid)
    ? { state: 'failed', detail: 'it was deleted by somebody else' }
    : progressing('waiting to see it');
}

const REVISION = 'deployment.kubernetes.io/revision';

/**
 * The pods of the workload's newest template: what old ones suffer from is not the release's fault.
 * @param pods by the uid of their owner
 * @param replicaSets the workload's own
 */
export function newestPods(
  workload: KubernetesObject,
  pods: ReadonlyMap<string | undefined, readonly Pod[]>,
  replicaSets: readonly KubernetesObject[],
): Pod[] {
  const { uid, annotations } = workload.metadata;
  if (workload.kind === 'Deployment') {
    const newest = replicaSets.find(
      ({ metadata }) => metadata.annotations?.[REVISION] === annotations?.[REVISION],
    );
    return [...(pods.get(newest?.metadata.uid ?? '') ?? [])];
  }
  const revision = (workload.status as { updateRevision?: string } | undefined)?.updateRevision;
  return (pods.get(uid) ?? []).filter(
    (pod) => revision === undefined || pod.metadata.labels?.['controller-revision-hash'] === revision,
  );
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
