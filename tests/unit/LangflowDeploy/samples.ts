import { stringify } from 'yaml';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import type { releaseObjects } from '../../../tasks/LangflowDeploy/release';
import { parseManifest, type ManifestObject } from '../../../tasks/LangflowDeploy/render/manifest';

export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

export const COMPONENTS = [
  {
    name: 'backend',
    image: 'registry.example:5000/langflow/backend',
    digest: digest('a'),
    platforms: ['linux/amd64'],
    baseImages: [],
  },
] as Parameters<typeof releaseObjects>[2];

/** The objects as one file has them, `all.yaml`. */
export function manifests(...objects: object[]): ManifestObject[] {
  return parseManifest(objects.map((object) => stringify(object)).join('---\n'), 'all.yaml');
}

/** A Deployment, with more fields of its pods' spec. */
export function deployment(image: string, pod: object = {}, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'backend' },
    spec: { ...spec, template: { spec: { containers: [{ name: 'main', image }], ...pod } } },
  };
}

export function settings(color: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color } };
}
