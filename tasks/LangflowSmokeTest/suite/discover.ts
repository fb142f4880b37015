import { UserError } from '../../common/errors';
import type { KubernetesClient } from '../../common/kubernetes/client';
import type { KubernetesObject } from '../../common/kubernetes/object';
import type { InClusterTarget } from '../endpoint';

/** What the cluster knows of the backend. */
export interface Backend {
  /** `deployment/backend`. */
  workload: string;
  /** Environment of its first container, as far as it can be read. */
  env: Readonly<Record<string, string>>;
}

/** The fields of a workload that we read. */
interface WorkloadSpec {
  template?: { metadata?: { labels?: Record<string, string> }; spec?: { containers?: Container[] } };
}

interface Container {
  env?: {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef };
  }[];
  envFrom?: { prefix?: string; secretRef?: { name: string }; configMapRef?: { name: string } }[];
}

interface KeyRef {
  name: string;
  key: string;
}

const WORKLOADS = ['deployments', 'statefulsets'] as const;

/**
 * Finds the workload behind the backend's Service and reads its environment.
 * @throws UserError when there is none
 */
export async function discoverBackend(
  client: KubernetesClient,
  namespace: string,
  target: InClusterTarget,
): Promise<Backend> {
  const workload = await workloadBehind(client, namespace, target);
  const [container = {}] = specOf(workload).template?.spec?.containers ?? [];
  return {
    workload: `${workload.kind.toLowerCase()}/${workload.metadata.name}`,
    env: await environmentOf(container, client, namespace),
  };
}

async function workloadBehind(
  client: KubernetesClient,
  namespace: string,
  { kind, name }: InClusterTarget,
): Promise<KubernetesObject> {
  const lists = await Promise.all(
    WORKLOADS.map((plural) => client.listPath(`/apis/apps/v1/namespaces/${namespace}/${plural}`)),
  );
  const workloads = lists.flatMap(({ items }) => items);
  if (kind !== 'service') {
    const found = workloads.find((one) => one.kind.toLowerCase() === kind && one.metadata.name === name);
    if (found === undefined) throw new UserError(`Namespace ${namespace} has no ${kind} ${name}.`);
    return found;
  }
  const service = await client.find({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } });
  if (service === undefined) throw new UserError(`Namespace ${namespace} has no Service ${name}.`);
  const selector = Object.entries(
    ((service.spec ?? {}) as { selector?: Record<string, string> }).selector ?? {},
  );
  const found = workloads.find((one) => {
    const labels = specOf(one).template?.metadata?.labels ?? {};
    return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
  });
  if (found === undefined) {
    throw new UserError(
      `Service ${name} selects the pods of no Deployment or StatefulSet of namespace ${namespace}.`,
    );
  }
  return found;
}

/** What the container's variables are, without `$(NAME)` being expanded; of what may not be read there is none. */
async function environmentOf(
  { env = [], envFrom = [] }: Container,
  client: KubernetesClient,
  namespace: string,
): Promise<Record<string, string>> {
  const read = new Map<string, Promise<Record<string, string>>>();
  const dataOf = (kind: 'Secret' | 'ConfigMap', name: string): Promise<Record<string, string>> => {
    const key = `${kind}/${name}`;
    const data = read.get(key) ?? readData(client, namespace, kind, name);
    read.set(key, data);
    return data;
  };
  const whole = await Promise.all(
    envFrom.map(async ({ prefix = '', secretRef, configMapRef }) => {
      const ref = secretRef ?? configMapRef;
      const data = ref === undefined ? {} : await dataOf(secretRef ? 'Secret' : 'ConfigMap', ref.name);
      return Object.entries(data).map(([name, value]) => [prefix + name, value] as const);
    }),
  );
  const single = await Promise.all(
    env.map(async ({ name, value, valueFrom }) => {
      const ref = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
      const found =
        ref === undefined
          ? value
          : (await dataOf(valueFrom?.secretKeyRef ? 'Secret' : 'ConfigMap', ref.name))[ref.key];
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
  return Object.fromEntries([...whole.flat(), ...single.flat()]);
}

async function readData(
  client: KubernetesClient,
  namespace: string,
  kind: 'Secret' | 'ConfigMap',
  name: string,
): Promise<Record<string, string>> {
  try {
    const object = await client.find({ apiVersion: 'v1', kind, metadata: { name, namespace } });
    const data = (object?.data ?? {}) as Record<string, string>;
    return kind === 'ConfigMap'
      ? data
      : Object.fromEntries(
          Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
        );
  } catch {
    // The connection may not read Secrets: the credentials then come from an input or a Key Vault.
    return {};
  }
}

function specOf(workload: KubernetesObject): WorkloadSpec {
  return workload.spec ?? {};
}
