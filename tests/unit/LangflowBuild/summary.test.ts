import assert from 'node:assert/strict';
import { sizeText, summaryOf } from '../../../tasks/LangflowBuild/summary';
import { COMMIT, component, vertex } from './samples';

describe('the summary of a build', () => {
  const result = {
    components: [component('backend'), component('runtime', { publish: false })],
    metadata: {},
    checks: [],
    vertices: [
      vertex('backend 1/3', 'FROM runtime'),
      vertex('backend 2/3', 'COPY . /', { cached: true }),
      vertex('backend 3/3', 'RUN make', { completed: 4_000 }),
    ],
    tests: [
      {
        ...{
          test: 'backend-unit',
          component: 'backend',
          junit: [],
          coverage: [],
          tests: 5,
          failed: 0,
          skipped: 1,
        },
        ...{ failures: [], unreadable: [] },
      },
    ],
    sizes: { backend: { now: 2_500_000, before: 2_000_000 } },
    duration: 83_000,
  };

  it('has one row an image: digest, size and its change, time, cache, tests, base images', () => {
    const markdown = summaryOf(result, {
      schemaVersion: 1,
      name: '2026.1',
      source: { commit: COMMIT },
      components: [
        {
          name: 'backend',
          image: 'localhost:5000/langflow/backend',
          digest: `sha256:${'a'.repeat(64)}`,
          platforms: ['linux/amd64'],
          baseImages: [{ image: 'debian:bookworm', digest: `sha256:${'b'.repeat(64)}` }],
        },
      ],
    });
    assert.match(markdown, /^Built and pushed in 1m23s from commit 0123456789\.\n/);
    assert.match(
      markdown,
      /\| backend \| sha256:a{12} \| 2\.5 MB &#40;&#43;0\.5 MB&#41; \| 3\.0s \| 1 of 2 &#40;50 %&#41; \| 4 passed, 1 skipped \| debian:bookworm &#40;sha256:b{12}&#41; \|/,
    );
    assert.doesNotMatch(markdown, /runtime \|/);
    assert.match(markdown, /```mermaid\ngantt\n/);
  });

  it('of a build that pushed nothing says so', () => {
    assert.match(
      summaryOf({ ...result, sizes: {} }, undefined),
      /nothing was pushed\.[^]*\| backend \| &#45; \| &#45; \|/,
    );
  });

  it('compares sizes', () => {
    assert.equal(sizeText(undefined), '-');
    assert.equal(sizeText({ now: 5_000, before: undefined }), '5.0 kB');
    assert.equal(sizeText({ now: 5_000, before: 5_000 }), '5.0 kB (same)');
    assert.equal(sizeText({ now: 1_000_000, before: 3_000_000 }), '1.0 MB (−2.0 MB)');
  });
});
