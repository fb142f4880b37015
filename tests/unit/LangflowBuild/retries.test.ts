import assert from 'node:assert/strict';
import { BakeError } from '../../../tasks/LangflowBuild/bake';
import type { BakeOptions } from '../../../tasks/LangflowBuild/bakeFile';
import { remedyFor, withRetries } from '../../../tasks/LangflowBuild/retries';
import { printedBy } from '../support/agent';
import { OPTIONS, vertex } from './samples';

const failure = (message: string, instruction = 'RUN x') =>
  new BakeError(
    [`ERROR: target a: failed to solve: ${message}`],
    [vertex('a 1/1', instruction, { error: message })],
    new Error(message),
  );

describe('a failed bake', () => {
  for (const [remedy, error] of [
    [
      'push again',
      failure(
        'failed to push r/a:1: unexpected status from PUT request: 503 Service Unavailable',
        'exporting to image',
      ),
    ],
    ['push again', failure('failed to push r/a:1: 429 Too Many Requests', 'pushing layers')],
    ['push again', failure('failed to push r/a:1: read tcp: connection reset by peer', 'exporting to image')],
    ['none', failure('failed to push r/a:1: 401 Unauthorized', 'exporting to image')],
    ['none', failure('process "/bin/sh -c curl x" did not complete successfully: exit code: 22')],
    [
      'none',
      failure('failed to do request: dial tcp: connection refused', 'load metadata for docker.io/library/x'),
    ],
    [
      'without cache',
      failure(
        'failed to configure registry cache importer: unexpected EOF',
        'importing cache manifest from r/a',
      ),
    ],
    ['without cache', failure('blob sha256:1234: not found')],
  ] as const) {
    it(`asks for '${remedy}' after: ${error.message}`, () => {
      assert.equal(remedyFor(error), remedy);
    });
  }

  async function run(
    ...failures: Error[]
  ): Promise<{ attempts: BakeOptions[]; slept: number[]; error: unknown }> {
    const attempts: BakeOptions[] = [];
    const slept: number[] = [];
    let error: unknown;
    const clock = { now: () => 0, sleep: (ms: number) => (slept.push(ms), Promise.resolve()) };
    await printedBy(async () => {
      await withRetries(
        OPTIONS,
        new AbortController().signal,
        (options) => {
          attempts.push(options);
          const next = failures.shift();
          return next ? Promise.reject(next) : Promise.resolve();
        },
        clock,
      ).catch((thrown: unknown) => (error = thrown));
    });
    return { attempts, slept, error };
  }

  const busy = () => failure('failed to push r/a:1: 503 Service Unavailable', 'exporting to image');

  it('of a busy registry is tried again after growing pauses, and not for ever', async () => {
    assert.deepEqual((await run(busy(), busy())).slept, [5_000, 20_000]);
    const { attempts, error } = await run(busy(), busy(), busy(), busy());
    assert.equal(attempts.length, 4);
    assert.ok(error instanceof BakeError);
  });

  it('of a cache is tried once without it', async () => {
    const corrupt = () => failure('blob sha256:1234: not found');
    const { attempts, error } = await run(corrupt(), corrupt());
    assert.deepEqual(
      attempts.map(({ cache }) => cache.branches),
      [['feature', 'main'], []],
    );
    assert.ok(error instanceof BakeError);
  });
});
