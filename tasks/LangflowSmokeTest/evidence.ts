import { messageOf } from '../common/errors';
import type { KubernetesClient } from '../common/kubernetes/client';
import type { KubernetesObject } from '../common/kubernetes/object';
import { isReady, podsOfRelease, type Pod } from '../common/kubernetes/pods';
import type { Component } from '../common/release/release';
import type { Check } from './checks';
import { podsBehind, type InClusterTarget } from './endpoint';

/** Replicas mostly tell the same. */
const MOST_PODS = 2;
const LOG_LINES = 30;
const MOST_EVENTS = 5;

interface Event extends KubernetesObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
}

interface Where {
  client: KubernetesClient;
  namespace: string;
  components: readonly Component[];
}

/**
 * What a person would look up next: state, events and the end of the log of the pods that the check is about.
 * @returns empty when there are none; never throws, since the check's own failure is what counts
 */
export async function evidenceOf(check: Check, where: Where): Promise<string> {
  try {
    const pods = await podsOf(check, where);
    // What is not well comes first.
    const shown = [...pods]
      .sort((one, other) => Number(isReady(one)) - Number(isReady(other)))
      .slice(0, MOST_PODS);
    return (await Promise.all(shown.map((pod) => describe(pod, where)))).join('\n');
  } catch (error) {
    return `(events and logs could not be read: ${messageOf(error)})`;
  }
}

async function podsOf(check: Check, { client, namespace, components }: Where): Promise<Pod[]> {
  if (check.component !== undefined) {
    const image = components.find(({ name }) => name === check.component)?.image ?? '';
    const pods = await podsOfRelease(client, namespace);
    return pods.filter(({ spec }) => spec?.containers?.some((one) => one.image?.startsWith(`${image}@`)));
  }
  const behind = targetOf(check);
  return behind === undefined ? [] : podsBehind(client, namespace, behind);
}

function targetOf(check: Check): Pick<InClusterTarget, 'kind' | 'name'> | undefined {
  if ('target' in check) return check.target.kind === 'url' ? undefined : check.target;
  const workload = check.kind === 'job' ? check.workload : check.kind === 'pods' ? check.of : undefined;
  switch (workload?.kind) {
    case 'Deployment':
      return { kind: 'deployment', name: workload.name };
    case 'StatefulSet':
      return { kind: 'statefulset', name: workload.name };
    default:
      return undefined;
  }
}

async function describe(pod: Pod, { client, namespace }: Where): Promise<string> {
  const { name } = pod.metadata;
  const statuses = pod.status?.containerStatuses ?? [];
  const events = await eventsOf(name, client, namespace);
  const logs = await Promise.all(
    statuses.flatMap(({ name: container, restartCount }) =>
      // The end of a former run tells why it ended.
      [...(restartCount > 0 ? [true] : []), false].map(async (previous) => {
        const log = await client
          .logTail(pod, container, LOG_LINES, previous)
          .catch((error: unknown) => `(it could not be read: ${messageOf(error)})`);
        return `Log of container ${container}${previous ? ' before its restart' : ''}:\n${indent(log.trimEnd())}`;
      }),
    ),
  );
  const restarts = statuses
    .map(({ name: container, restartCount }) => `${container} ${restartCount}`)
    .join(', ');
  return [
    `Pod ${name}: ${pod.status?.phase ?? 'unknown'}, ${isReady(pod) ? 'ready' : 'not ready'}; restarts: ${restarts}`,
    ...(events.length === 0 ? [] : [`Events:\n${indent(events.join('\n'))}`]),
    ...logs,
  ].join('\n');
}

async function eventsOf(pod: string, client: KubernetesClient, namespace: string): Promise<string[]> {
  const fieldSelector = `involvedObject.name=${pod},type=Warning`;
  const { items } = await client.listPath(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
  return (items as Event[])
    .sort((one, other) => (one.lastTimestamp ?? '').localeCompare(other.lastTimestamp ?? ''))
    .slice(-MOST_EVENTS)
    .map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
