import assert from 'node:assert/strict';
import type { Component } from '../../../tasks/LangflowBuild/components';
import { releasedComponents, type Metadata } from '../../../tasks/LangflowBuild/metadata';
import type { Vertex } from '../../../tasks/LangflowBuild/progress';
import { component, OPTIONS, vertex } from './samples';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

const provenance = (platform: string, uris: [string, string][], source?: string) => ({
  materials: uris.map(([uri, sha256]) => ({ uri, digest: { sha256 } })),
  invocation: { parameters: { args: { source } }, environment: { platform } },
});

const released = (components: Component[], metadata: Metadata, vertices: Vertex[] = []) =>
  releasedComponents({ components, metadata, vertices, sizes: { backend: { now: 12, before: 3 } } }, OPTIONS);

describe('the metadata of a build', () => {
  it('gives the published components with digest, platform, base images and reference', () => {
    // As buildx 0.29.1 wrote it for a component on an unpublished one.
    const metadata: Metadata = {
      backend: {
        'buildx.build.provenance': provenance('linux/amd64', [
          [`pkg:docker/debian@bookworm-slim?digest=sha256:${B}&platform=linux%2Famd64`, B],
        ]),
        'buildx.build.ref': 't/t0/qjfx3a9t5l8a6hqwckr61i0e4',
        'containerimage.digest': `sha256:${A}`,
      },
      runtime: { 'buildx.build.ref': 't/t0/evmoyjvi51vwwe45hz0pdkluh' },
    };
    assert.deepEqual(released([component('runtime', { publish: false }), component('backend')], metadata), [
      {
        name: 'backend',
        image: 'localhost:5000/langflow/backend',
        digest: `sha256:${A}`,
        tags: ['7'],
        platforms: ['linux/amd64'],
        size: 12,
        baseImages: [{ image: 'debian:bookworm-slim', digest: `sha256:${B}` }],
        buildRef: 'qjfx3a9t5l8a6hqwckr61i0e4',
      },
    ]);
  });

  it('knows an image of several platforms, each base image once, and what is no base image', () => {
    const metadata: Metadata = {
      a: {
        'containerimage.digest': `sha256:${A}`,
        'buildx.build.provenance/linux/amd64': provenance(
          'linux/amd64',
          [
            ['pkg:docker/docker/dockerfile@1', A],
            [`pkg:docker/localhost%3A5000/mirror/debian@bookworm?platform=linux%2Famd64`, B],
            ['https://example.org/file.tar.gz', A],
          ],
          'docker.io/docker/dockerfile:1',
        ),
        'buildx.build.provenance/linux/arm64': provenance('linux/arm64', [
          [`pkg:docker/localhost%3A5000/mirror/debian@bookworm?platform=linux%2Farm64`, B],
          [`pkg:docker/pinned?digest=sha256:${A}`, A],
        ]),
      },
    };
    const [image] = released([component('a')], metadata);
    assert.deepEqual(image?.platforms, ['linux/amd64', 'linux/arm64']);
    assert.deepEqual(image.baseImages, [
      { image: 'localhost:5000/mirror/debian:bookworm', digest: `sha256:${B}` },
      { image: 'pinned', digest: `sha256:${A}` },
    ]);
  });

  it('names the image by its own digest, and by that of the index what is around it', () => {
    const metadata: Metadata = {
      backend: {
        'containerimage.digest': `sha256:${A}`,
        'buildx.build.provenance': provenance('linux/amd64', []),
      },
    };
    const exported = [vertex('backend', 'exporting to image', { exported: [`sha256:${B}`] })];
    const [image] = released([component('backend')], metadata, exported);
    assert.deepEqual([image?.digest, image?.index], [`sha256:${B}`, `sha256:${A}`]);
    const [unsure] = released([component('backend')], metadata, [
      vertex('backend', 'exporting to image', { exported: [`sha256:${B}`, `sha256:${A}`] }),
    ]);
    assert.deepEqual([unsure?.digest, unsure?.index], [`sha256:${A}`, undefined]);
  });

  it('is not enough when a pushed image has no digest', () => {
    assert.throws(() => released([component('a')], { a: {} }), { message: /no digest/ });
  });
});
