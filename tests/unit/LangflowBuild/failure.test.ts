import assert from 'node:assert/strict';
import { explainFailure } from '../../../tasks/LangflowBuild/failure';
import type { Vertex } from '../../../tasks/LangflowBuild/progress';
import { component, vertex } from './samples';

const COMPONENTS = [
  component('runtime'),
  component('backend', { contexts: { runtime: 'target:runtime' } }),
  component('worker', { contexts: { runtime: 'target:runtime' } }),
];
const DOCKERFILES: Record<string, string> = {
  '/src/runtime/Dockerfile':
    'FROM debian:bookworm-slim\nRUN echo rt > /rt\nARG X\nRUN echo "$X"; false || exit 4\n',
  '/src/backend/Dockerfile': 'FROM runtime\n\nRUN echo hello && \\\n    exit 3\nRUN true\n',
  '/src/worker/Dockerfile': 'FROM runtime\nRUNN echo\n',
};
const explain = (text: string, vertices: Vertex[] = []) =>
  explainFailure(
    { lines: text.split('\n'), vertices },
    COMPONENTS,
    (file) => DOCKERFILES[file] ?? assert.fail(file),
  );

// What buildx 0.29.1 printed with --progress=rawjson beside the states.
const RULE = '--------------------';
const FAILED_RUN = `WARNING: No output specified for backend target(s) with remote driver.
Dockerfile:3
${RULE}
   2 |     
   3 | >>> RUN echo hello && \\
   4 | >>>     exit 3
   5 |     RUN true
${RULE}
ERROR: target backend: failed to solve: process "/bin/sh -c echo hello &&     exit 3" did not complete successfully: exit code: 3
`;
const failed = (words: string[]): Vertex[] => [
  vertex('worker 1/1', 'RUN sleep 9', { error: 'context canceled', words: ['asleep'] }),
  vertex('backend stage-1 1/1', 'RUN echo hello &&     exit 3', { error: 'exit code: 3', words }),
];
const FAILED_BASE = `Dockerfile:4
${RULE}
   2 |     RUN echo rt > /rt
   3 |     ARG X
   4 | >>> RUN echo "$X"; false || exit 4
   5 |     
${RULE}
ERROR: target worker: failed to solve: process "/bin/sh -c echo \\"$X\\"; false || exit 4" did not complete successfully: exit code: 4`;

describe('a failed build', () => {
  it('is explained by component, line, last words and remedy', () => {
    assert.deepEqual(explain(FAILED_RUN, failed(['hello', 'pip: cannot find foo'])), {
      reason: "Component 'backend' could not be built: a command ended with exit code 3",
      dockerfile: '/src/backend/Dockerfile',
      line: 3,
      message: `Component 'backend' could not be built: a command ended with exit code 3
/src/backend/Dockerfile, line 3:
  RUN echo hello && \\
      exit 3
Last words of the command:
  hello
  pip: cannot find foo
The command of this line failed; its last words say why. Correct it and run the pipeline again.`,
    });
  });

  it('of a base is told of the base, not of the component that waited for it', () => {
    const failure = explain(FAILED_BASE);
    assert.equal(failure?.dockerfile, '/src/runtime/Dockerfile');
    assert.equal(failure.line, 4);
    assert.match(failure.reason, /^Component 'runtime' /);
  });

  it('repeats no more than the last lines of a long output', () => {
    const failure = explain(FAILED_RUN, failed(Array.from({ length: 40 }, (_, index) => `line ${index}`)));
    assert.match(failure?.message ?? '', /Last words of the command:\n {2}line 25\n/);
  });

  for (const [what, cause, remedy] of [
    [
      'a wrong instruction',
      'dockerfile parse error on line 2: unknown instruction: RUNN',
      /Correct this line/,
    ],
    ['an unknown stage', 'target stage "nope" could not be found', /Correct 'target' in the components file/],
    [
      'a missing file',
      'failed to compute cache key: failed to calculate checksum of ref a::b: "/nix": not found',
      /check its path relative to the context, and \.dockerignore/,
    ],
    [
      'a missing base image',
      'nosuch:1: failed to resolve source metadata for docker.io/library/nosuch:1: docker.io/library/nosuch:1: not found',
      /Check the name and the tag of the image/,
    ],
    [
      'a refused login',
      'failed to push localhost:5000/langflow/worker:1: unexpected status from HEAD request to http://localhost:5000/v2/worker/blobs/sha256:5bc3: 401 Unauthorized',
      /check user name, password and rights/,
    ],
    ['a refused push', 'failed to push localhost:5000/worker:1: 503 Service Unavailable', /did not take one/],
    ['anything else', 'rpc error: code = Unavailable', /The log above has the details/],
  ] as const) {
    it(`says what to do about ${what}`, () => {
      const failure = explain(`ERROR: target worker: failed to solve: ${cause}`);
      assert.equal(failure?.reason, `Component 'worker' could not be built: ${cause}`);
      assert.match(failure.message, remedy);
      assert.equal(failure.dockerfile, undefined);
    });
  }

  it('of the only component is told of it, though buildx leaves out its name', () => {
    const lines = ['ERROR: failed to solve: failed to push r/a:1: 403 Forbidden'];
    const failure = explainFailure({ lines, vertices: [] }, [component('a')], () => '');
    assert.equal(failure?.reason, "Component 'a' could not be built: failed to push r/a:1: 403 Forbidden");
    assert.equal(explain(lines[0] ?? ''), undefined);
  });

  it('that has nothing to do with a component is not explained', () => {
    assert.equal(explain('ERROR: no builder "nope" found'), undefined);
    assert.equal(explain('ERROR: target unheard-of: failed to solve: x'), undefined);
    assert.equal(explain(''), undefined);
  });
});
