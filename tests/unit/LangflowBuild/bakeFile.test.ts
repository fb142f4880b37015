import assert from 'node:assert/strict';
import { bakeFile, readPaths, type BakeOptions } from '../../../tasks/LangflowBuild/bakeFile';
import type { Component } from '../../../tasks/LangflowBuild/components';

const component = (name: string, more: Partial<Component> = {}): Component => ({
  name,
  context: `/src/${name}`,
  dockerfile: `/src/${name}/Dockerfile`,
  target: undefined,
  args: {},
  contexts: {},
  publish: true,
  ...more,
});

const COMPONENTS = [
  component('runtime', { publish: false }),
  component('backend', { contexts: { runtime: 'target:runtime' } }),
  component('worker', { contexts: { backend: 'target:backend' }, target: 'final' }),
  component('frontend', { contexts: { page: '/src/page', node: 'docker-image://node:24' } }),
];
const OPTIONS: BakeOptions = {
  repositories: 'localhost:5000/langflow',
  tag: '7',
  push: true,
  cache: 'registry',
  caBundle: undefined,
};

const targetsOf = (options: Partial<BakeOptions>) => bakeFile(COMPONENTS, { ...OPTIONS, ...options }).target;

describe('the bake definition', () => {
  it('builds what is published, and pushes and caches it', () => {
    const { group, target } = bakeFile(COMPONENTS, OPTIONS);
    assert.deepEqual(group, { default: { targets: ['backend', 'worker', 'frontend'] } });
    assert.deepEqual(target.worker, {
      context: '/src/worker',
      dockerfile: '/src/worker/Dockerfile',
      target: 'final',
      args: {},
      contexts: { backend: 'target:backend' },
      tags: ['localhost:5000/langflow/worker:7'],
      attest: ['type=provenance,disabled=true'],
      output: ['type=image,push=true,oci-mediatypes=true'],
      'cache-from': ['type=registry,ref=localhost:5000/langflow/worker:buildcache'],
      'cache-to': [
        'type=registry,ref=localhost:5000/langflow/worker:buildcache,mode=max,image-manifest=true,oci-mediatypes=true',
      ],
    });
  });

  it('neither tags nor pushes a mere base, which comes from the caches of all that stand on it', () => {
    assert.deepEqual(targetsOf({}).runtime, {
      context: '/src/runtime',
      dockerfile: '/src/runtime/Dockerfile',
      args: {},
      contexts: {},
      attest: ['type=provenance,disabled=true'],
      output: ['type=cacheonly'],
      'cache-from': [
        'type=registry,ref=localhost:5000/langflow/backend:buildcache',
        'type=registry,ref=localhost:5000/langflow/worker:buildcache',
      ],
    });
  });

  it('without push reads the cache but writes neither image nor cache', () => {
    for (const target of Object.values(targetsOf({ push: false }))) {
      assert.deepEqual(target.output, ['type=cacheonly']);
      assert.equal(target['cache-to'], undefined);
      assert.ok(target['cache-from']);
    }
  });

  it('without a cache neither reads nor writes one', () => {
    for (const target of Object.values(targetsOf({ cache: 'none' }))) {
      assert.equal(target['cache-to'], undefined);
      assert.equal(target['cache-from'], undefined);
    }
  });

  it('offers the CA bundle to every build as a secret', () => {
    for (const target of Object.values(targetsOf({ caBundle: '/etc/ca.pem' }))) {
      assert.deepEqual(target.secret, ['id=ca,src=/etc/ca.pem']);
    }
  });

  it('keeps the text of arguments from being expanded as a template', () => {
    const { target } = bakeFile([component('a', { args: { A: '${HOME} %{if} $HOME $${x}' } })], OPTIONS);
    assert.deepEqual(target.a?.args, { A: '$${HOME} %%{if} $HOME $$${x}' });
  });

  it('names every path that bake has to read, once', () => {
    assert.deepEqual(readPaths(COMPONENTS, { ...OPTIONS, caBundle: '/etc/ca.pem' }), [
      '/src/runtime',
      '/src/backend',
      '/src/worker',
      '/src/frontend',
      '/src/page',
      '/etc/ca.pem',
    ]);
  });
});
