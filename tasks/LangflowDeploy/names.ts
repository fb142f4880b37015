import { MANAGER, nameOf, type KubernetesObject } from '../common/kubernetes/object';

/** The name that content, or a Job, has in its manifest: in the cluster, a hash follows it. */
export const NAME_ANNOTATION = `${MANAGER}/name`;
/** With the value `true`, an object keeps its name, and stays mutable: something outside of the release knows it by name. */
export const KEEP_NAME_ANNOTATION = `${MANAGER}/keep-name`;

/** `ConfigMap/settings`, for people: what the manifest calls an object. */
export function manifestName(object: KubernetesObject): string {
  const name = object.metadata.annotations?.[NAME_ANNOTATION];
  return name === undefined ? nameOf(object) : `${object.kind}/${name}`;
}
