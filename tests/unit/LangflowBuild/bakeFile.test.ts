import assert from 'node:assert/strict';
import {
  allowances,
  bakeFile,
  type BakeOptions,
  type BakePhase,
} from '../../../tasks/LangflowBuild/bakeFile';
import { COMMIT, component, OPTIONS } from './samples';

const COMPONENTS = [
  component('runtime', { publish: false }),
  component('backend', { contexts: { runtime: 'target:runtime' } }),
  component('backend-unit', {
    publish: false,
    testOf: 'backend',
    target: 'unit',
    contexts: { runtime: 'target:runtime' },
  }),
  component('worker', { contexts: { backend: 'target:backend' }, target: 'final' }),
  component('frontend', { contexts: { page: '/src/page', node: 'docker-image://node:24' } }),
];

const targetsOf = (options: Partial<BakeOptions>, phase: BakePhase = 'release') =>
  bakeFile(COMPONENTS, { ...OPTIONS, ...options }, phase).target;

describe('the bake definition', () => {
  it('builds what is published, pushes it with its provenance and caches it', () => {
    const { group, target } = bakeFile(COMPONENTS, OPTIONS, 'release');
    assert.deepEqual(group, { default: { targets: ['backend', 'worker', 'frontend'] } });
    assert.deepEqual(target.worker, {
      context: '/src/worker',
      dockerfile: '/src/worker/Dockerfile',
      target: 'final',
      args: {},
      contexts: { backend: 'target:backend' },
      labels: {
        'org.opencontainers.image.title': 'worker',
        'org.opencontainers.image.source': 'https://example.org/langflow.git',
      },
      annotations: [`index:org.opencontainers.image.revision=${COMMIT}`],
      tags: ['localhost:5000/langflow/worker:7'],
      secret: [],
      attest: ['type=provenance,mode=max'],
      output: ['type=image,push=true,oci-mediatypes=true,compression=zstd'],
      'cache-from': [
        'type=registry,ref=localhost:5000/langflow/worker:buildcache-feature',
        'type=registry,ref=localhost:5000/langflow/worker:buildcache-main',
      ],
      'cache-to': [
        'type=registry,ref=localhost:5000/langflow/worker:buildcache-feature,mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true',
      ],
    });
  });

  it('neither tags nor pushes a mere base, which comes from the caches of all that stand on it', () => {
    const { runtime } = targetsOf({});
    assert.equal(runtime?.tags, undefined);
    assert.deepEqual(runtime?.output, ['type=cacheonly']);
    assert.deepEqual(
      runtime['cache-from']?.map((one) => one.replace('type=registry,ref=localhost:5000/langflow/', '')),
      ['backend', 'worker'].flatMap((name) => [`${name}:buildcache-feature`, `${name}:buildcache-main`]),
    );
    assert.deepEqual(runtime['cache-to'], []);
  });

  it('first lets nothing out while it tests, and then finds everything built', () => {
    const verify = bakeFile(COMPONENTS, OPTIONS, 'verify');
    assert.deepEqual(verify.group.default.targets, ['backend', 'backend-unit', 'worker', 'frontend']);
    assert.deepEqual(verify.target.backend?.output, [
      'type=image,push=false,oci-mediatypes=true,compression=zstd',
    ]);
    assert.deepEqual(verify.target.backend['cache-to'], []);
    assert.deepEqual(verify.target['backend-unit']?.output, ['type=local,dest=/out/tests/backend-unit']);
    assert.match(
      verify.target['backend-unit']['cache-to']?.[0] ?? '',
      /langflow\/backend:buildcache-backend-unit-feature,/,
    );
    const release = bakeFile(COMPONENTS, OPTIONS, 'release');
    assert.deepEqual(release.group.default.targets, ['backend', 'worker', 'frontend']);
    assert.deepEqual(release.target.backend?.output, [
      'type=image,push=true,oci-mediatypes=true,compression=zstd',
    ]);
    assert.equal(release.target.backend['cache-to']?.length, 1);
  });

  for (const [output, expected] of [
    ['none', 'type=cacheonly'],
    ['load', 'type=docker'],
    ['layout', 'type=oci,tar=false,dest=/out/layouts/worker,oci-mediatypes=true,compression=zstd'],
  ] as const) {
    it(`writes no index annotation where there may be no index, with output ${output}`, () => {
      const { worker } = targetsOf({ output });
      assert.deepEqual(worker?.output, [expected]);
      assert.equal(worker.annotations, undefined);
    });
  }

  it('attaches no attestation to what the Docker engine loads, which cannot take one', () => {
    assert.deepEqual(targetsOf({ output: 'load', sbom: '' }).worker?.attest, [
      'type=provenance,disabled=true',
    ]);
    assert.deepEqual(targetsOf({ sbom: '' }).worker?.attest, ['type=provenance,mode=max', 'type=sbom']);
    assert.deepEqual(targetsOf({ sbom: 'me/scan:1', provenance: 'none' }).worker?.attest, [
      'type=sbom,generator=me/scan:1',
    ]);
  });

  it('labels an image with the commit that touched it last, and gives its files that time', () => {
    const origins = { worker: { commit: 'abc', time: 1_700_000_000 } };
    const { worker, backend } = targetsOf({ origins, reproducible: true });
    assert.equal(worker?.labels?.['org.opencontainers.image.revision'], 'abc');
    assert.equal(worker.labels['org.opencontainers.image.created'], '2023-11-14T22:13:20.000Z');
    assert.deepEqual(worker.args, { SOURCE_DATE_EPOCH: '1700000000' });
    assert.match(worker.output[0] ?? '', /,rewrite-timestamp=true$/);
    assert.deepEqual(backend?.args, {});
  });

  it('offers the CA bundle to every build, and other secrets to those that ask for them', () => {
    const all = bakeFile(
      [component('a', { secrets: ['pip', 'npm'] }), component('b')],
      { ...OPTIONS, caBundle: '/etc/ca.pem', secrets: { pip: { env: 'S0' }, npm: { file: '/npmrc' } } },
      'release',
    );
    assert.deepEqual(all.target.a?.secret, [
      'id=ca,src=/etc/ca.pem',
      'type=env,id=pip,env=S0',
      'id=npm,src=/npmrc',
    ]);
    assert.deepEqual(all.target.b?.secret, ['id=ca,src=/etc/ca.pem']);
  });

  it('keeps what a bake file says beside what the task sets', () => {
    const bake = { 'no-cache': true, secret: ['id=x'], 'cache-from': ['type=gha'], tags: ['never:1'] };
    const { target } = bakeFile([component('a', { bake })], OPTIONS, 'release');
    const a = target.a as unknown as Record<string, unknown>;
    assert.equal(a['no-cache'], true);
    assert.deepEqual(a.secret, ['id=x']);
    assert.equal((a['cache-from'] as string[])[0], 'type=gha');
    assert.deepEqual(a.tags, ['localhost:5000/langflow/a:7']);
  });

  it('keeps the text of arguments from being expanded as a template', () => {
    const { target } = bakeFile(
      [component('a', { args: { A: '${HOME} %{if} $HOME $${x}' } })],
      OPTIONS,
      'release',
    );
    assert.deepEqual(target.a?.args, { A: '$${HOME} %%{if} $HOME $$${x}' });
  });

  it('asks for every path that bake reads and writes, once, and for the SSH agent when it is used', () => {
    assert.deepEqual(allowances(COMPONENTS, { ...OPTIONS, caBundle: '/etc/ca.pem' }), [
      ...['runtime', 'backend', 'backend-unit', 'worker', 'frontend', 'page'].map(
        (name) => `fs.read=/src/${name}`,
      ),
      'fs.read=/etc/ca.pem',
      'fs.write=/out/tests',
    ]);
    const cache = { ...OPTIONS.cache, kind: 'local' as const };
    const more = allowances([component('a', { ssh: true })], { ...OPTIONS, cache, output: 'layout' });
    assert.deepEqual(more, [
      'fs.read=/src/a',
      'fs.read=/cache',
      'fs.write=/out/tests',
      'fs.write=/out/layouts',
      'fs.write=/cache',
      'ssh',
    ]);
  });
});
