import type { KubernetesObject } from '../common/kubernetes/object';
import { fieldsAt } from './fields';

/** The fields of a pod template that a release reads or changes; all others pass through. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  spec?: PodSpec;
}

export interface PodSpec {
  terminationGracePeriodSeconds?: number;
  [field: string]: unknown;
}

export interface Container {
  name: string;
  image?: string;
  ports?: unknown[];
  readinessProbe?: object;
  lifecycle?: { preStop?: object };
}

/** Where a kind keeps its pod template; ephemeral containers are in none. */
const TEMPLATE_PATHS: Readonly<Record<string, string>> = {
  Pod: '',
  PodTemplate: 'template',
  ReplicationController: 'spec/template',
  'Deployment.apps': 'spec/template',
  'StatefulSet.apps': 'spec/template',
  'DaemonSet.apps': 'spec/template',
  'ReplicaSet.apps': 'spec/template',
  'Job.batch': 'spec/template',
  'CronJob.batch': 'spec/jobTemplate/spec/template',
};

/** An object's kind as kubectl names it where it must not be mistaken: `Deployment.apps`, `Pod`. */
export function qualifiedKind({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return group === undefined ? kind : `${kind}.${group}`;
}

/** The pod template of a workload, of a CronJob's jobs too; undefined for objects that make no pods. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const path = TEMPLATE_PATHS[qualifiedKind(object)];
  return path === undefined ? undefined : fieldsAt(object, path)[0];
}

/** All containers of the pods, those that run before the others first. */
export function containersOf(template: PodTemplate): Container[] {
  return [
    ...fieldsAt(template, 'spec/initContainers'),
    ...fieldsAt(template, 'spec/containers'),
  ] as unknown as Container[];
}
