import type { KubernetesObject } from '../common/kubernetes/object';
import { changeTexts, fieldsAt, isFields } from './fields';
import { podTemplateOf, qualifiedKind } from './podSpec';

/** Kinds whose names change with their content. */
export type Content = 'Secret' | 'ConfigMap';

/** Former name → name with a hash of the content, by kind. */
export type Names = Record<Content, ReadonlyMap<string, string>>;

/**
 * Where objects refer to content by name; lists on the way are walked through. After kustomize's own table
 * (api/internal/konfig/builtinpluginconsts/namereference.go), with the volumes that it leaves out.
 */
const IN_CONTAINERS: Readonly<Record<Content, readonly string[]>> = {
  Secret: ['env/valueFrom/secretKeyRef/name', 'envFrom/secretRef/name'],
  ConfigMap: ['env/valueFrom/configMapKeyRef/name', 'envFrom/configMapRef/name'],
};
const IN_PODS: Readonly<Record<Content, readonly string[]>> = {
  Secret: [
    'imagePullSecrets/name',
    'volumes/secret/secretName',
    'volumes/projected/sources/secret/name',
    'volumes/csi/nodePublishSecretRef/name',
    'volumes/azureFile/secretName',
    'volumes/flexVolume/secretRef/name',
    'volumes/cephfs/secretRef/name',
    'volumes/rbd/secretRef/name',
    'volumes/iscsi/secretRef/name',
  ],
  ConfigMap: ['volumes/configMap/name', 'volumes/projected/sources/configMap/name'],
};
const IN_OBJECTS: Readonly<Record<string, Partial<Record<Content, readonly string[]>>>> = {
  ServiceAccount: { Secret: ['imagePullSecrets/name', 'secrets/name'] },
  'Ingress.networking.k8s.io': { Secret: ['spec/tls/secretName'] },
};
const IN_ANNOTATIONS: Readonly<Record<string, Content>> = {
  'ingress.kubernetes.io/auth-secret': 'Secret',
  'nginx.ingress.kubernetes.io/auth-secret': 'Secret',
  'nginx.ingress.kubernetes.io/auth-tls-secret': 'Secret',
  'nginx.ingress.kubernetes.io/fastcgi-params-configmap': 'ConfigMap',
};
/** References of Gateway API name their kind (GEP-1897, GatewayTLSConfig); without one it is a Secret. */
const IN_GATEWAYS: Readonly<Record<string, readonly string[]>> = {
  'Gateway.gateway.networking.k8s.io': [
    'spec/listeners/tls/certificateRefs',
    'spec/listeners/tls/frontendValidation/caCertificateRefs',
    'spec/backendTLS/clientCertificateRef',
  ],
  'BackendTLSPolicy.gateway.networking.k8s.io': ['spec/validation/caCertificateRefs'],
};
/** RBAC may be about single objects. */
const RESOURCES: Readonly<Record<string, Content>> = { secrets: 'Secret', configmaps: 'ConfigMap' };

/** Lets every reference of the object to content of the release follow it to its new name. */
export function rewriteReferences(object: KubernetesObject, names: Names): void {
  const change = (value: unknown, paths: Partial<Record<Content, readonly string[]>>): void => {
    for (const kind of ['Secret', 'ConfigMap'] as const) {
      for (const path of paths[kind] ?? []) changeTexts(value, path, (name) => names[kind].get(name) ?? name);
    }
  };
  const spec = podTemplateOf(object)?.spec;
  for (const containers of ['initContainers', 'containers']) {
    for (const container of fieldsAt(spec, containers)) change(container, IN_CONTAINERS);
  }
  change(spec, IN_PODS);
  change(object, IN_OBJECTS[qualifiedKind(object)] ?? {});
  rewriteAnnotations(object, names);
  for (const path of IN_GATEWAYS[qualifiedKind(object)] ?? []) {
    for (const reference of fieldsAt(object, path)) {
      const kind = reference.kind ?? 'Secret';
      if (kind === 'Secret' || kind === 'ConfigMap')
        changeTexts(reference, 'name', (name) => names[kind].get(name) ?? name);
    }
  }
  if (/^(Cluster)?Role\.rbac\.authorization\.k8s\.io$/.test(qualifiedKind(object))) {
    for (const rule of fieldsAt(object, 'rules')) {
      const kinds = (Array.isArray(rule.resources) ? rule.resources : []).map(
        (resource) => RESOURCES[String(resource)],
      );
      for (const kind of kinds)
        if (kind) changeTexts(rule, 'resourceNames', (name) => names[kind].get(name) ?? name);
    }
  }
}

/** An annotation's value is a name, or `namespace/name`. */
function rewriteAnnotations({ metadata }: KubernetesObject, names: Names): void {
  const { annotations } = metadata;
  if (!isFields(annotations)) return;
  for (const [annotation, kind] of Object.entries(IN_ANNOTATIONS)) {
    const text = annotations[annotation];
    if (typeof text !== 'string') continue;
    annotations[annotation] = text.replace(/[^/]+$/, (name) => names[kind].get(name) ?? name);
  }
}
