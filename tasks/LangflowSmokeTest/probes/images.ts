import { podsOfRelease, RELEASE_PODS, type ContainerStatus, type Pod } from '../../common/kubernetes/pods';
import type { Component } from '../../common/release/release';
import { TRACK_LABEL } from '../../common/rollout/canary';
import { untilAborted, type ProbeContext, type ProbeResult } from '../probe';

type Released = Pick<Component, 'name' | 'image' | 'digest'>;

/** How long pods that are about to start are waited for, in milliseconds, and how often they are looked at. */
const STARTING_MS = 30_000;
const INTERVAL_MS = 1_000;

/** Proves that what runs is what was built: every container of each component, by the digest that its node reports. */
export async function probeImages(
  components: readonly Released[],
  { client, namespace, clock, canary }: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const until = clock.now() + STARTING_MS;
  for (;;) {
    const running = await untilAborted(podsOfRelease(client, namespace), signal);
    const judged = canary ? onlyCanary(components, running) : { components, pods: running };
    const { wrong, starting } = compareImages(judged.components, judged.pods, namespace);
    if (wrong.length > 0 || starting.length === 0 || clock.now() >= until) {
      return { failures: [...wrong, ...starting] };
    }
    await clock.sleep(INTERVAL_MS, signal);
  }
}

/**
 * What a canary is judged by: its own pods, of the components that have some. All others run what was released before, or
 * what did not change.
 */
export function onlyCanary(
  components: readonly Released[],
  pods: readonly Pod[],
): { components: Released[]; pods: Pod[] } {
  const own = pods.filter(({ metadata }) => metadata.labels?.[TRACK_LABEL] === 'canary');
  const tried = components.filter(({ image }) => own.some((pod) => containersOf(pod, image).length > 0));
  // A canary without pods has failed: every component is then missed.
  return { components: tried.length > 0 ? tried : [...components], pods: own };
}

/**
 * The rule of `probeImages`.
 * @param pods of the release, without those that are being deleted
 * @returns what is wrong for good, and what may only need time, a sentence each
 */
export function compareImages(
  components: readonly Released[],
  pods: readonly Pod[],
  namespace: string,
): { wrong: string[]; starting: string[] } {
  const wrong: string[] = [];
  const starting: string[] = [];
  for (const { name, image, digest } of components) {
    const all = pods.flatMap((pod) => containersOf(pod, image));
    // What ran to its end may be of an earlier release; it only counts for a component that runs nowhere else.
    const active = all.filter(({ pod }) => !hasEnded(pod));
    const counted =
      active.length > 0 ? active : all.filter(({ running }) => running?.imageID?.endsWith(`@${digest}`));
    if (counted.length === 0) {
      wrong.push(
        `Component ${name}: no pod of namespace ${namespace} with the label ${RELEASE_PODS} has a container of ${image}.`,
      );
    }
    for (const { pod, container, running } of counted) {
      const where = `Component ${name}: container ${container} of pod ${pod.metadata.name}`;
      const found = running?.imageID?.match(/sha256:[0-9a-f]{64}$/)?.[0];
      if (found === undefined) starting.push(`${where} does not run${reasonOf(running)}.`);
      else if (found !== digest) wrong.push(`${where} runs ${found}, the release has ${digest}.`);
    }
  }
  return { wrong, starting };
}

interface ReleasedContainer {
  pod: Pod;
  container: string;
  running: ContainerStatus | undefined;
}

/** The pod's containers, and those that prepare it, whose image is of that repository. */
function containersOf(pod: Pod, repository: string): ReleasedContainer[] {
  const spec = (pod.spec ?? {}) as { containers?: Named[]; initContainers?: Named[] };
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
    .filter(({ image = '' }) => repositoryOf(image) === repository)
    .map(({ name }) => ({ pod, container: name, running: statuses.find((status) => status.name === name) }));
}

interface Named {
  name: string;
  image?: string;
}

/** `registry:5000/repository` of a reference with a tag, a digest or both. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function reasonOf(status: ContainerStatus | undefined): string {
  const { reason, message } = status?.state?.waiting ?? {};
  return [reason, message].some(Boolean) ? ` (${[reason, message].filter(Boolean).join(': ')})` : '';
}
