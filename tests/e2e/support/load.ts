import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

const INTERVAL_MS = 100;
const TIMEOUT_MS = 10_000;

/** Asks for the address all the while that the work goes on, and asserts that every answer was a good one. */
export async function underLoad<T>(address: string, work: () => Promise<T>): Promise<T> {
  const failures: string[] = [];
  let requests = 0;
  let done = false;
  const load = async (): Promise<void> => {
    while (!done) {
      requests++;
      const time = new Date().toISOString();
      try {
        // A connection of its own for each, as the users behind a load balancer have.
        const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(TIMEOUT_MS) };
        const response = await fetch(address, options);
        const body = await response.text();
        if (!response.ok) failures.push(`${time} ${response.status} ${body}`);
      } catch (error) {
        failures.push(`${time} ${inspect(error)}`);
      }
      await sleep(INTERVAL_MS);
    }
  };
  const loading = load();
  try {
    return await work();
  } finally {
    done = true;
    await loading;
    assert.ok(requests > 10, 'there was load');
    assert.deepEqual(failures, [], `${failures.length} of ${requests} requests failed`);
  }
}
