import type { KubernetesClient } from './client';
import { RELEASE_OBJECTS, type KubernetesObject } from './object';

/** The fields of a pod that we read; names as in the API (core/v1). */
export interface Pod extends KubernetesObject {
  spec?: { nodeName?: string; containers?: { name: string; image?: string }[] };
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    reason?: string;
    message?: string;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

/** What a status says by its conditions; it may have null where nobody has said anything yet. */
export function conditionsOf(status: unknown): readonly Condition[] {
  return (status as { conditions?: Condition[] | null } | undefined)?.conditions ?? [];
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  image: string;
  /** `registry/repository@sha256:…` of the image that really runs. */
  imageID?: string;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; reason?: string; message?: string };
}

/** Labels by which LangflowDeploy marks every pod of a release. */
export const RELEASE_PODS = RELEASE_OBJECTS;

/** The pods of the release in a namespace that are not on their way out. Pods of finished Jobs are among them. */
export async function podsOfRelease(client: KubernetesClient, namespace: string): Promise<Pod[]> {
  const pods = await allPodsOfRelease(client, namespace);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Those that are on their way out, too. */
export async function allPodsOfRelease(client: KubernetesClient, namespace: string): Promise<Pod[]> {
  const { items } = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: RELEASE_PODS,
  });
  return items;
}

/** Whether the pod takes traffic: all its containers run and their readiness probes pass. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The uid of the object that made the pod (or ReplicaSet), or undefined for one that was made by hand. */
export function ownerOf(object: KubernetesObject): string | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
}
