import { isReady, podsOfRelease, type Pod } from '../../common/kubernetes/pods';
import { selectorOf } from '../endpoint';
import { UserError } from '../../common/errors';
import type { PodsCheck, Workload } from '../checks';
import { untilAborted, type Attempt, type ProbeContext } from '../probe';

/** Restarts of each container, by pod and container, at the beginning. */
type Restarts = ReadonlyMap<string, number>;

/** Looks whether all pods are ready and none of their containers restarted since the first look. */
export function probePods(check: PodsCheck, context: ProbeContext): Attempt {
  let before: Restarts | undefined;
  return async (signal) => {
    const pods = await untilAborted(podsOf(check.of, context), signal);
    before ??= restartsOf(pods);
    return { failures: judgePods(pods, before, check.expect.restarts) };
  };
}

/** The rule of `probePods`. Pods of finished Jobs do not count. */
export function judgePods(pods: readonly Pod[], before: Restarts, allowed: number): string[] {
  const active = pods.filter(isActive);
  if (active.length === 0) return ['Expected pods, found none.'];
  const unready = active.filter((pod) => !isReady(pod));
  return [
    ...unready.map(
      ({ metadata, status }) => `Pod ${metadata.name} is ${status?.phase ?? 'unknown'} but not ready.`,
    ),
    ...active.flatMap(({ metadata, status }) =>
      (status?.containerStatuses ?? []).flatMap(({ name, restartCount, lastState }) => {
        const restarts = restartCount - (before.get(`${metadata.name}/${name}`) ?? 0);
        const why = lastState?.terminated?.reason;
        return restarts <= allowed
          ? []
          : [
              `Container ${name} of pod ${metadata.name} restarted ${restarts} times${why === undefined ? '' : ` (${why})`}, expected at most ${allowed}.`,
            ];
      }),
    ),
  ];
}

function restartsOf(pods: readonly Pod[]): Restarts {
  return new Map(
    pods.flatMap(({ metadata, status }) =>
      (status?.containerStatuses ?? []).map(
        ({ name, restartCount }) => [`${metadata.name}/${name}`, restartCount] as const,
      ),
    ),
  );
}

/** Neither ended nor about to end. */
function isActive({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
  );
}

async function podsOf(of: Workload | undefined, { client, namespace }: ProbeContext): Promise<Pod[]> {
  if (of === undefined) return podsOfRelease(client, namespace);
  const workload = await client.find({
    apiVersion: 'apps/v1',
    kind: of.kind,
    metadata: { name: of.name, namespace },
  });
  if (workload === undefined) throw new UserError(`Namespace ${namespace} has no ${of.kind} ${of.name}.`);
  const { items } = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: selectorOf(workload),
  });
  return items;
}
