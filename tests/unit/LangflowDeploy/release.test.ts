import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { parseManifest, type ManifestObject } from '../../../tasks/LangflowDeploy/render/manifest';
import { releaseObjects } from '../../../tasks/LangflowDeploy/release';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const COMPONENTS = [
  {
    name: 'backend',
    image: 'registry.example/langflow/backend',
    digest: digest('a'),
    platforms: ['linux/amd64'],
    baseImages: [],
  },
] as Parameters<typeof releaseObjects>[2];

function manifests(...objects: object[]): ManifestObject[] {
  return parseManifest(objects.map((object) => stringify(object)).join('---\n'), 'all.yaml');
}

function deployment(image: string, pod: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'backend' },
    spec: { template: { spec: { containers: [{ name: 'main', image }], ...pod } } },
  };
}

const settings = (color: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { color },
});

const objectsOf = (given: ManifestObject[], secrets = {}): Record<string, unknown>[] =>
  releaseObjects(given, secrets, COMPONENTS, 'langflow').map(({ object }) => object);

describe('releaseObjects', () => {
  for (const image of ['backend', 'registry.example/langflow/backend']) {
    it(`sets the digest of a component that is named '${image}'`, () => {
      const text = JSON.stringify(objectsOf(manifests(deployment(image))));
      assert.match(text, new RegExp(`"registry.example/langflow/backend@${digest('a')}"`));
    });
  }

  it('keeps a foreign image that carries its digest', () => {
    const image = `docker.io/library/redis@${digest('b')}`;
    assert.match(JSON.stringify(objectsOf(manifests(deployment(image)))), new RegExp(image));
  });

  it('refuses every image without a digest, with its place', () => {
    assert.throws(
      () =>
        objectsOf(
          manifests(settings('red'), deployment('backend:latest', { initContainers: [{ name: 'init' }] })),
        ),
      /all\.yaml, line \d+: Deployment\/backend, container 'init': \(no image\)\n.*container 'main': backend:latest/,
    );
  });

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
      objectsOf(manifests(settings(color), deployment('backend', pod)), { passwords: { REDIS: 'x' } });
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
    const once = () =>
      objectsOf(manifests(settings('red'), deployment('backend')), { passwords: { A: '1' } });
    assert.deepEqual(once(), once());
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

describe('parseManifest', () => {
  it('takes several documents, empty ones and lists', () => {
    const text = `---\n# nothing\n---\n${stringify(settings('red'))}---\n${stringify({ kind: 'List', items: [settings('a'), settings('b')] })}`;
    assert.deepEqual(
      parseManifest(text, 'f.yaml').map(({ source }) => source),
      ['f.yaml, line 4', 'f.yaml, line 11', 'f.yaml, line 11'],
    );
  });
  it('reads YAML as kubectl does: octal modes, merge keys', () => {
    const text = `${stringify(settings('red'))}base: &base { a: 1 }\nspec: { <<: *base, mode: 0644 }\n`;
    assert.deepEqual(parseManifest(text, 'f.yaml')[0]?.object.spec, { a: 1, mode: 0o644 });
  });
  it('points at the line of broken YAML and of what is no object', () => {
    assert.throws(() => parseManifest('a: 1\nb: [', 'f.yaml'), /f\.yaml, line 2/);
    assert.throws(
      () => parseManifest('apiVersion: v1\nkind: Pod\nmetadata: { generateName: x }', 'f.yaml'),
      /f\.yaml, line 1: .*metadata\.name/,
    );
  });
});
