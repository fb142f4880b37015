/** A Kubernetes object as plain JSON, of any kind, as a manifest or the API server has it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The fields of `metadata` that we read; all others pass through. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  /** RFC 3339. */
  creationTimestamp?: string;
  /** Set while the object is being deleted. */
  deletionTimestamp?: string;
  /** Which `deletionTimestamp` has in it. */
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
}

/** Every object of a release and every pod of its workloads has the label managed-by with this value. */
export const MANAGER = 'langflow-delivery';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** Selects them. */
export const RELEASE_OBJECTS = `${MANAGED_BY_LABEL}=${MANAGER}`;

/** `apps/Deployment/langflow/backend`: what an object is, whichever version of the API it was read by. */
export function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return [group, kind, metadata.namespace ?? '', metadata.name].join('/');
}

/** `Deployment/backend`, for people. */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.name}`;
}
