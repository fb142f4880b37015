import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import { releaseObjects } from '../../../tasks/LangflowDeploy/release';
import type { ManifestObject } from '../../../tasks/LangflowDeploy/render/manifest';
import { COMPONENTS, deployment, manifests, settings } from './samples';

const SECRETS = { passwords: { type: 'Opaque', data: { REDIS: Buffer.from('x') } } };

const objectsOf = (given: ManifestObject[], secrets = {}): Record<string, unknown>[] =>
  releaseObjects(given, secrets, COMPONENTS, 'langflow').map(({ object }) => object);

describe('releaseObjects', () => {
  it('refuses an object for another namespace, and one that is there twice', () => {
    const foreign = { ...settings('red'), metadata: { name: 'settings', namespace: 'other' } };
    assert.throws(() => objectsOf(manifests(foreign)), /all\.yaml, line 1: .*'other'.*'langflow'/);
    assert.throws(
      () => objectsOf(manifests(settings('red'), settings('blue'))),
      /line \d+: ConfigMap\/settings is there already \(all\.yaml, line 1\)/,
    );
  });

  it('gives changed content another name, and every reference to it', () => {
    const pod = {
      containers: [
        {
          name: 'main',
          image: 'backend',
          envFrom: [{ secretRef: { name: 'passwords' } }, { configMapRef: { name: 'not-ours' } }],
          env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
        },
      ],
      volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'settings' } }] } }],
    };
    const release = (color: string) =>
      objectsOf(manifests(settings(color), deployment('backend', pod)), SECRETS);
    const namesOf = (objects: Record<string, unknown>[]) =>
      objects.map(({ metadata }) => (metadata as { name: string }).name);
    const [secret = '', red = '', workload] = namesOf(release('red'));
    const [sameSecret, blue] = namesOf(release('blue'));
    assert.match(secret, /^passwords-[0-9a-f]{10}$/);
    assert.equal(sameSecret, secret);
    assert.notEqual(red, blue);
    assert.equal(workload, 'backend');
    const template = JSON.stringify(release('red')[2]);
    assert.equal(template.split(`"${red}"`).length - 1, 2);
    assert.equal(template.split(`"${secret}"`).length - 1, 1);
    assert.match(template, /"not-ours"/);
  });

  it('makes the same objects of the same release', () => {
    const once = () => objectsOf(manifests(settings('red'), deployment('backend')), SECRETS);
    assert.deepEqual(once(), once());
  });

  it('says in an annotation what the name is without its hash', () => {
    const [red] = objectsOf(manifests(settings('red'))) as [KubernetesObject];
    assert.equal(red.metadata.annotations?.['langflow-delivery/name'], 'settings');
    assert.equal(red.immutable, true);
  });

  it('leaves the name of what is known by it outside, and of tokens that a controller fills in', () => {
    const kept = {
      ...settings('red'),
      metadata: { name: 'settings', annotations: { 'langflow-delivery/keep-name': 'true' } },
    };
    const token = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'web' } },
      type: 'kubernetes.io/service-account-token',
    };
    const pod = { volumes: [{ name: 'v', configMap: { name: 'settings' } }] };
    const objects = objectsOf(
      manifests(kept, token, deployment('backend', pod)),
    ) as unknown as KubernetesObject[];
    assert.deepEqual(
      objects.map(({ metadata, immutable }) => [metadata.name, immutable]),
      [
        ['settings', undefined],
        ['token', undefined],
        ['backend', undefined],
      ],
    );
    assert.match(JSON.stringify(objects[2]), /"configMap":\{"name":"settings"\}/);
  });

  it('takes stringData as the API server does', () => {
    const secret = (fields: object): object => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      ...fields,
    });
    const [text] = objectsOf(manifests(secret({ data: { a: 'eA==', b: 'eQ==' }, stringData: { b: 'z' } })));
    assert.deepEqual(text?.data, { a: 'eA==', b: 'eg==' });
    assert.equal(text.stringData, undefined);
    const [data] = objectsOf(manifests(secret({ data: { a: 'eA==', b: 'eg==' } })));
    assert.deepEqual(data?.metadata, text.metadata);
  });

  it('passes over what has another form than it should, for the API server to refuse', () => {
    for (const spec of [
      undefined,
      'text',
      { template: [] },
      { template: { spec: { containers: 'none' } } },
    ]) {
      const odd = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'odd' }, spec };
      assert.equal(objectsOf(manifests(odd)).length, 1);
    }
  });

  it('names a Job after what it does, its image included', () => {
    const job = (command: string): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate' },
      spec: { template: { spec: { containers: [{ name: 'main', image: 'backend', command: [command] }] } } },
    });
    const name = (command: string) =>
      (objectsOf(manifests(job(command)))[0]?.metadata as { name: string }).name;
    assert.match(name('a'), /^migrate-[0-9a-f]{10}$/);
    assert.equal(name('a'), name('a'));
    assert.notEqual(name('a'), name('b'));
  });
});
