import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import { rewriteReferences } from '../../../tasks/LangflowDeploy/references';

const NAMES = {
  Secret: new Map([['s', 's-new']]),
  ConfigMap: new Map([['c', 'c-new']]),
};

const pod = (spec: object): object => ({ apiVersion: 'v1', kind: 'Pod', spec });
const container = (fields: object): object => pod({ containers: [{ name: 'main', ...fields }] });
const volume = (fields: object): object => pod({ volumes: [{ name: 'v', ...fields }] });
const template = { spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } };
const ingress = (fields: object): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  ...fields,
});
const annotated = (annotations: object): object => ingress({ metadata: { name: 'x', annotations } });
const gateway = (tls: object): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  spec: { listeners: [{ name: 'https', tls }] },
});
const role = (rule: object): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  rules: [rule],
});

/** What refers to the Secret `s` or the ConfigMap `c`, once. */
const REFERENCES: [string, object][] = [
  ['env, Secret', container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] })],
  [
    'env, ConfigMap',
    container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }),
  ],
  ['envFrom, Secret', container({ envFrom: [{ secretRef: { name: 's' } }] })],
  ['envFrom, ConfigMap', container({ envFrom: [{ configMapRef: { name: 'c' } }] })],
  ['an init container', pod({ initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 's' } }] }] })],
  ['imagePullSecrets', pod({ imagePullSecrets: [{ name: 's' }] })],
  ['volume, Secret', volume({ secret: { secretName: 's' } })],
  ['volume, ConfigMap', volume({ configMap: { name: 'c' } })],
  ['projected volume, Secret', volume({ projected: { sources: [{ secret: { name: 's' } }] } })],
  ['projected volume, ConfigMap', volume({ projected: { sources: [{ configMap: { name: 'c' } }] } })],
  ['CSI volume', volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } })],
  ['Azure Files', volume({ azureFile: { secretName: 's', shareName: 'f' } })],
  ['flexVolume', volume({ flexVolume: { driver: 'd', secretRef: { name: 's' } } })],
  ['StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { template } }],
  ['CronJob', { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } }],
  [
    'ServiceAccount, imagePullSecrets',
    { apiVersion: 'v1', kind: 'ServiceAccount', imagePullSecrets: [{ name: 's' }] },
  ],
  ['ServiceAccount, secrets', { apiVersion: 'v1', kind: 'ServiceAccount', secrets: [{ name: 's' }] }],
  ['Ingress, tls', ingress({ spec: { tls: [{ hosts: ['h'], secretName: 's' }] } })],
  ['Ingress, annotation', annotated({ 'nginx.ingress.kubernetes.io/auth-secret': 's' })],
  [
    'Ingress, annotation with namespace',
    annotated({ 'nginx.ingress.kubernetes.io/auth-tls-secret': 'ns/s' }),
  ],
  [
    'Ingress, annotation, ConfigMap',
    annotated({ 'nginx.ingress.kubernetes.io/fastcgi-params-configmap': 'c' }),
  ],
  ['Gateway, certificate', gateway({ certificateRefs: [{ name: 's' }] })],
  ['Gateway, certificate by kind', gateway({ certificateRefs: [{ kind: 'Secret', group: '', name: 's' }] })],
  [
    'Gateway, client CA',
    gateway({ frontendValidation: { caCertificateRefs: [{ kind: 'ConfigMap', group: '', name: 'c' }] } }),
  ],
  [
    'BackendTLSPolicy',
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'BackendTLSPolicy',
      spec: { validation: { caCertificateRefs: [{ kind: 'ConfigMap', group: '', name: 'c' }] } },
    },
  ],
  ['Role, Secret', role({ apiGroups: [''], resources: ['secrets'], resourceNames: ['s'], verbs: ['get'] })],
  [
    'Role, ConfigMap',
    role({ apiGroups: [''], resources: ['configmaps'], resourceNames: ['c'], verbs: ['get'] }),
  ],
];

/** What has the same names and means something else. */
const OTHERS: [string, object][] = [
  ['a Secret that is not of the release', container({ envFrom: [{ secretRef: { name: 'other' } }] })],
  ['a ConfigMap with the name of a Secret', container({ envFrom: [{ configMapRef: { name: 's' } }] })],
  ['a ServiceAccount', pod({ serviceAccountName: 's' })],
  ['a claim', volume({ persistentVolumeClaim: { claimName: 'c' } })],
  [
    'a certificate of another kind',
    gateway({ certificateRefs: [{ kind: 'Certificate', group: 'x', name: 's' }] }),
  ],
  ['a Role for other resources', role({ resources: ['services'], resourceNames: ['s', 'c'] })],
  ['another annotation', annotated({ 'example.com/secret': 's' })],
  ['a list where there should be none', pod({ containers: 's', volumes: { secret: { secretName: ['x'] } } })],
];

function rewritten(object: object): string {
  const copy = structuredClone({ metadata: { name: 'x' }, ...object }) as KubernetesObject;
  rewriteReferences(copy, NAMES);
  return JSON.stringify(copy);
}

describe('rewriteReferences', () => {
  for (const [what, object] of REFERENCES) {
    it(`follows ${what}`, () => {
      const text = rewritten(object);
      assert.match(text, /"(ns\/)?[sc]-new"/);
      assert.equal(text.replace(/([sc])-new/, '$1'), JSON.stringify({ metadata: { name: 'x' }, ...object }));
    });
  }
  for (const [what, object] of OTHERS) {
    it(`leaves ${what}`, () => {
      assert.equal(rewritten(object), JSON.stringify({ metadata: { name: 'x' }, ...object }));
    });
  }
});
