import assert from 'node:assert/strict';
import { looseImages, pinImages } from '../../../tasks/LangflowDeploy/images';
import type { ManifestObject } from '../../../tasks/LangflowDeploy/render/manifest';
import { COMPONENTS, deployment, digest, manifests, settings } from './samples';

const PINNED = `registry.example:5000/langflow/backend@${digest('a')}`;

function pinned(objects: ManifestObject[]): string {
  pinImages(objects, COMPONENTS);
  return JSON.stringify(objects);
}

describe('pinImages', () => {
  const repository = 'registry.example:5000/langflow/backend';
  for (const image of ['backend', repository, `${repository}:latest`, `${repository}:1.0`]) {
    it(`sets the digest of a component that is named '${image}'`, () => {
      assert.match(pinned(manifests(deployment(image))), new RegExp(`"${PINNED}"`));
    });
  }

  for (const image of [
    `docker.io/library/redis@${digest('b')}`,
    `${repository}@${digest('b')}`,
    `${repository}/other`,
    'backend:latest',
    'registry.example:5000',
  ]) {
    it(`leaves '${image}' as it is`, () => {
      assert.match(pinned(manifests(deployment(image))), new RegExp(`"${image}"`));
    });
  }

  const pod = { containers: [{ name: 'main', image: 'backend' }] };
  const template = { spec: pod };
  const places: [string, object][] = [
    ['a Pod', { apiVersion: 'v1', kind: 'Pod', spec: pod }],
    ['a PodTemplate', { apiVersion: 'v1', kind: 'PodTemplate', template }],
    ['a ReplicationController', { apiVersion: 'v1', kind: 'ReplicationController', spec: { template } }],
    ['a StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { template } }],
    ['a DaemonSet', { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { template } }],
    ['a ReplicaSet', { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: { template } }],
    ['a Job', { apiVersion: 'batch/v1', kind: 'Job', spec: { template } }],
    ['a CronJob', { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } }],
    ['an init container', deployment('x', { containers: [], initContainers: pod.containers })],
    [
      'a volume that is an image',
      deployment('x', { containers: [], volumes: [{ name: 'v', image: { reference: 'backend' } }] }),
    ],
  ];
  for (const [what, object] of places) {
    it(`finds the image of ${what}`, () => {
      const objects = manifests({ metadata: { name: 'x' }, ...object });
      assert.equal(looseImages(objects).length, 1);
      assert.match(pinned(objects), new RegExp(`"${PINNED}"`));
      assert.deepEqual(looseImages(objects), []);
    });
  }

  it('takes a custom resource of the same kind for what it is', () => {
    const objects = manifests({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: { template: { spec: pod } },
    });
    assert.equal(pinned(objects).includes(PINNED), false);
  });
});

describe('looseImages', () => {
  it('names every image without a digest, with its place', () => {
    const objects = manifests(
      settings('red'),
      deployment('backend:latest', { initContainers: [{ name: 'init' }] }),
    );
    assert.deepEqual(looseImages(objects), [
      "- all.yaml, line 8: Deployment/backend, container 'init': (no image)",
      "- all.yaml, line 8: Deployment/backend, container 'main': backend:latest",
    ]);
  });
});
