import assert from 'node:assert/strict';
import { releasedComponents, type Metadata } from '../../../tasks/LangflowBuild/metadata';

const OPTIONS = {
  repositories: 'localhost:5000/langflow',
  tag: '7',
  push: true,
  cache: 'none',
  caBundle: undefined,
} as const;
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

const component = (name: string, publish = true) => ({
  name,
  context: '/src',
  dockerfile: '/src/Dockerfile',
  target: undefined,
  args: {},
  contexts: {},
  publish,
});

const provenance = (platform: string, uris: [string, string][], source?: string) => ({
  materials: uris.map(([uri, sha256]) => ({ uri, digest: { sha256 } })),
  invocation: { parameters: { args: { source } }, environment: { platform } },
});

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
    assert.deepEqual(
      releasedComponents([component('runtime', false), component('backend')], metadata, OPTIONS),
      [
        {
          name: 'backend',
          image: 'localhost:5000/langflow/backend',
          digest: `sha256:${A}`,
          tags: ['7'],
          platforms: ['linux/amd64'],
          baseImages: [{ image: 'debian:bookworm-slim', digest: `sha256:${B}` }],
          buildRef: 'qjfx3a9t5l8a6hqwckr61i0e4',
        },
      ],
    );
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
    const [released] = releasedComponents([component('a')], metadata, OPTIONS);
    assert.deepEqual(released?.platforms, ['linux/amd64', 'linux/arm64']);
    assert.deepEqual(released.baseImages, [
      { image: 'localhost:5000/mirror/debian:bookworm', digest: `sha256:${B}` },
      { image: 'pinned', digest: `sha256:${A}` },
    ]);
  });

  it('is not enough when a pushed image has no digest', () => {
    assert.throws(() => releasedComponents([component('a')], { a: {} }, OPTIONS), { message: /no digest/ });
  });
});
