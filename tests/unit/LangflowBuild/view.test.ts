import assert from 'node:assert/strict';
import { ViewDraft } from '../../../tasks/common/view/draft';
import { documentOf } from '../../../tasks/common/view/publish';
import { buildView, type BuildFacts } from '../../../tasks/LangflowBuild/view';
import { COMMIT, component, vertex } from './samples';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('buildView', () => {
  const vertices = [
    vertex('backend 2/3', 'COPY . /', { cached: true }),
    vertex('backend 3/3', 'RUN make', { completed: 4_000 }),
  ];
  const byDigest = new Map(vertices.map((one, index) => [String(index), one]));
  const viewOf = (facts: BuildFacts) => {
    const draft = new ViewDraft('LangflowBuild', 'build');
    draft.sections = () => ({ build: buildView(facts) });
    return documentOf(draft, { result: 'succeeded', message: '', started: 0, finished: 1 }).build;
  };

  it('has vertices, cache use, sizes and tests', () => {
    const test = {
      test: 'unit',
      component: 'backend',
      junit: [],
      coverage: [],
      tests: 5,
      failed: 0,
      skipped: 1,
    };
    const tests = [{ ...test, failures: [], unreadable: ['a.xml: broken'] }];
    const build = viewOf({
      vertices: byDigest,
      tests,
      result: {
        ...{ components: [component('backend')], metadata: {}, vertices, tests, duration: 83_000.4 },
        checks: [{ message: 'casing', url: '', file: 'Dockerfile', line: 3, target: 'backend' }],
        sizes: { backend: { now: 2_500_000, before: 2_000_000 } },
      },
      manifest: {
        ...{ schemaVersion: 1, name: '2026.1', source: { commit: COMMIT } },
        components: [
          { name: 'backend', image: 'r/backend', digest: DIGEST, platforms: ['linux/amd64'], baseImages: [] },
        ],
      },
    });
    assert.deepEqual(
      build?.vertices.map(({ component: of, name, cached }) => [of, name, cached]),
      [
        ['backend', 'RUN make', undefined],
        ['backend', 'COPY . /', true],
      ],
    );
    assert.deepEqual(build.cache, { instructions: 2, cached: 1 });
    const [image] = build.images;
    assert.deepEqual(
      [image?.digest, image?.sizeBytes, image?.formerSizeBytes],
      [DIGEST, 2_500_000, 2_000_000],
    );
    assert.deepEqual([build.durationMs, build.pushed, build.checks.length], [83_000, true, 1]);
    assert.deepEqual(build.tests[0]?.failures, ['The report a.xml: broken cannot be read.']);
  });

  it('of a build that failed has the vertex with its error and last words', () => {
    const failed = vertex('worker 2/2', 'RUN false', {
      error: 'exit code: 1',
      words: ['no such file', 'bye'],
    });
    const build = viewOf({ vertices: new Map([['1', failed]]), tests: [] });
    assert.deepEqual(
      [build?.vertices[0]?.error, build?.vertices[0]?.lastWords],
      ['exit code: 1', 'no such file\nbye'],
    );
    assert.deepEqual([build?.images, build?.durationMs], [[], undefined]);
  });

  it('of a build that did not begin is empty', () => {
    const build = viewOf({ vertices: new Map(), tests: [] });
    assert.deepEqual([build?.vertices, build?.origin], [[], undefined]);
  });
});
