import assert from 'node:assert/strict';
import { Rest, RestError } from '../../../tab/data/rest';

describe('The requests of the results tab', () => {
  const waits: number[] = [];
  const restOf = (...answers: (Response | Error)[]): Rest => {
    waits.length = 0;
    return new Rest({
      token: () => Promise.resolve('t'),
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      fetch: () => {
        const answer = answers.shift() ?? new Response('{}');
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    });
  };
  const busy = (retryAfter?: string): Response =>
    new Response('', { status: 429, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } });

  it('waits as long as the server asks, else twice as long each time', async () => {
    await restOf(busy('7'), busy(), new Error('offline'), new Response('', { status: 503 })).json(
      'https://a/b',
    );
    assert.deepEqual(waits, [7_000, 2_000, 4_000, 8_000]);
  });

  it('does not ask again for what is refused', async () => {
    const rest = restOf(new Response('', { status: 403 }));
    await assert.rejects(rest.text('https://a/b?c'), new RestError(403, 'https://a/b'));
    assert.deepEqual(waits, []);
  });

  it('gives up after five tries', async () => {
    const rest = restOf(busy(), busy(), busy(), busy(), busy());
    await assert.rejects(rest.text('https://a/b'), /answered 429/);
  });
});
