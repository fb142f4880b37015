import { info } from '../agent/log';
import type { Clock } from '../clock';
import { formatDuration } from '../duration';
import { UserError } from '../errors';
import { nameOf, type KubernetesObject } from '../kubernetes/object';
import { ownerOf, podsOfRelease, RELEASE_PODS, type Pod } from '../kubernetes/pods';
import type { Cluster } from '../kubernetes/cluster';
import { diagnose } from './diagnosis';
import { healthOf, isWorkload, type Health } from './health';
import { troublesOf, type Trouble } from './podTrouble';

/** A workload that did not become healthy; the message is the diagnosis. */
export class RolloutError extends UserError {
  override name = 'RolloutError';
}

export interface Patience {
  clock: Clock;
  /** On the clock, in milliseconds. */
  deadline: number;
  signal: AbortSignal;
}

const POLL_MS = 500;

interface Observation {
  object: KubernetesObject;
  health: Health;
  troubles: Trouble[];
}

/**
 * Waits until all workloads among the objects are healthy.
 * @throws RolloutError as soon as one cannot become healthy any more, or at the deadline
 */
export async function waitHealthy(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { clock, deadline, signal }: Patience,
): Promise<void> {
  const workloads = objects.filter(isWorkload);
  const said = new Map<string, string>();
  const started = clock.now();
  while (workloads.length > 0) {
    signal.throwIfAborted();
    const observations = await observe(cluster, workloads);
    for (const { object, health } of observations) {
      const text = health.state === 'healthy' ? 'healthy' : health.detail;
      if (said.get(nameOf(object)) !== text) {
        info(`${nameOf(object)}: ${text} (${formatDuration(clock.now() - started)})`);
        said.set(nameOf(object), text);
      }
    }
    const waiting = observations.filter(({ health }) => health.state !== 'healthy');
    if (waiting.length === 0) return;
    const hopeless = waiting.filter(
      ({ health, troubles }) => health.state === 'failed' || troubles.some((trouble) => trouble.hopeless),
    );
    const late = clock.now() >= deadline;
    if (hopeless.length > 0 || late) {
      const unhealthy = hopeless.length > 0 ? hopeless : waiting;
      throw new RolloutError(
        (await Promise.all(unhealthy.map((observation) => diagnosisOf(cluster, observation, late)))).join(
          '\n',
        ),
      );
    }
    await clock.sleep(POLL_MS, signal);
  }
}

async function diagnosisOf(
  cluster: Cluster,
  { object, health, troubles }: Observation,
  late: boolean,
): Promise<string> {
  const detail = health.state === 'healthy' ? '' : health.detail;
  const when = late ? ' in time' : '';
  return `${nameOf(object)} did not become healthy${when}: ${detail}\n${await diagnose(cluster, troubles)}`.trimEnd();
}

async function observe(cluster: Cluster, workloads: readonly KubernetesObject[]): Promise<Observation[]> {
  const { client, namespace } = cluster;
  const [current, pods, replicaSets] = await Promise.all([
    Promise.all(workloads.map((object) => client.find(object))),
    podsOfRelease(client, namespace),
    workloads.some(({ kind }) => kind === 'Deployment')
      ? client.listPath(`/apis/apps/v1/namespaces/${namespace}/replicasets`, { labelSelector: RELEASE_PODS })
      : { items: [] },
  ]);
  return workloads.map((object, index) => {
    const found = current[index];
    if (!found)
      return { object, health: { state: 'failed', detail: 'it was deleted by somebody else' }, troubles: [] };
    const own = newestPods(found, pods, replicaSets.items);
    return { object: found, health: healthOf(found), troubles: own.flatMap(troublesOf) };
  });
}

const REVISION = 'deployment.kubernetes.io/revision';

/** The pods of the workload's newest template: what old ones suffer from is not the release's fault. */
export function newestPods(
  workload: KubernetesObject,
  pods: readonly Pod[],
  replicaSets: readonly KubernetesObject[],
): Pod[] {
  const { uid, annotations } = workload.metadata;
  if (workload.kind === 'Deployment') {
    const newest = replicaSets.find(
      (set) => ownerOf(set) === uid && set.metadata.annotations?.[REVISION] === annotations?.[REVISION],
    );
    return newest ? pods.filter((pod) => ownerOf(pod) === newest.metadata.uid) : [];
  }
  const revision = (workload.status as { updateRevision?: string } | undefined)?.updateRevision;
  return pods.filter(
    (pod) =>
      ownerOf(pod) === uid &&
      (revision === undefined || pod.metadata.labels?.['controller-revision-hash'] === revision),
  );
}
