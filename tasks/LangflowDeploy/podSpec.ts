import type { KubernetesObject } from '../common/kubernetes/object';

/** The fields of a pod template that a release changes; all others pass through. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  spec?: PodSpec;
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  imagePullSecrets?: { name: string }[];
  volumes?: Volume[];
}

export interface Container {
  name: string;
  image?: string;
  env?: { valueFrom?: { secretKeyRef?: { name: string }; configMapKeyRef?: { name: string } } }[];
  envFrom?: { secretRef?: { name: string }; configMapRef?: { name: string } }[];
}

interface Volume {
  secret?: { secretName: string };
  configMap?: { name: string };
  projected?: { sources?: { secret?: { name: string }; configMap?: { name: string } }[] };
}

/** The pod template of a workload, of a CronJob's jobs too; undefined for objects that make no pods. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const spec = object.spec as { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } };
  switch (object.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return spec.template;
    case 'CronJob':
      return spec.jobTemplate?.spec?.template;
    case 'Pod':
      return object;
    default:
      return undefined;
  }
}

export function containersOf({ spec }: PodTemplate): Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}
