import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { Clock } from '../../../tasks/common/clock';
import { CancelledError } from '../../../tasks/common/errors';
import type { Outcome } from '../../../tasks/LangflowSmokeTest/run';
import { runYaml, StandIn } from './runner';

const RETRY_MS = 7_000;
const LIMIT_MS = 99_000;

describe('runChecks', () => {
  let standIn: StandIn;
  let slept: number[];
  /** Ends the step's time, as if LIMIT_MS had gone by. */
  let passLimit: () => void;
  let cancel: AbortController;

  before(async () => {
    standIn = await StandIn.start();
  });
  after(() => {
    standIn.stop();
  });
  const answer = (listener: RequestListener): void => {
    standIn.answers = listener;
  };
  beforeEach(() => {
    slept = [];
    cancel = new AbortController();
  });

  /** Pauses between attempts end at once, time limits only by `passLimit`. */
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        if (ms === LIMIT_MS) passLimit = resolve;
        if (ms !== RETRY_MS) return;
        slept.push(ms);
        setImmediate(resolve);
      }),
  };

  const run = (yaml: string, secrets: string[] = []): Promise<Outcome[]> =>
    runYaml(yaml.replaceAll('TARGET', standIn.address), {
      secrets,
      clock,
      signal: cancel.signal,
      timeoutMs: LIMIT_MS,
    });

  it('tries again until a check passes, and no more often than it may', async () => {
    let requests = 0;
    answer((_request, response) => response.writeHead(++requests % 3 === 0 ? 200 : 500).end());
    const [third, twice] = await run(`
checks:
  - { name: third, http: { target: TARGET }, retry: { attempts: 5, interval: 7s } }
  - { name: twice, http: { target: TARGET }, retry: { attempts: 2, interval: 7s } }`);
    assert.deepEqual([third?.status, third?.attempts, third?.reasons], ['passed', 3, []]);
    assert.deepEqual([twice?.status, twice?.attempts], ['failed', 2]);
    assert.deepEqual(slept, [RETRY_MS, RETRY_MS, RETRY_MS]);
  });

  it('does not run what needs a value that was not captured, but everything else', async () => {
    answer((_request, response) => response.end('{"given":"x"}'));
    const outcomes = await run(`
checks:
  - { name: gives, http: { target: TARGET }, expect: { status: 201 }, capture: { A: { json: given }, B: { json: lost } } }
  - { name: needs A, http: { target: TARGET, path: '/\${A}' } }
  - { name: needs both, http: { target: TARGET, path: '/\${A}/\${B}' } }`);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['failed', 'passed', 'skipped'],
    );
    assert.deepEqual(outcomes[2]?.reasons, ["Not run: it needs B, which check 'gives' did not capture."]);
  });

  it('takes secrets out before it cuts, so that no half of one remains', async () => {
    const secret = 'abcdefghijklmnopqrstuvwxyz';
    answer((_request, response) => response.writeHead(500).end(`${'.'.repeat(1_990)}${secret}`));
    const [echo] = await run(`checks: [{ name: echo, http: { target: TARGET } }]`, [secret]);
    assert.equal(echo?.output, `${'.'.repeat(1_990)}***`);
  });

  it('fails what is left once the time of the step is over, the check that was being made with its own reason', async () => {
    let requests = 0;
    answer((_request, response) => {
      if (++requests < 3) response.writeHead(500).end();
      else passLimit();
    });
    const [first, second] = await run(`
checks:
  - { name: first, http: { target: TARGET }, retry: { attempts: 1000, interval: 7s } }
  - { name: second, http: { target: TARGET } }`);
    const over = 'The time limit of the step (input timeout: 1m39s) is over.';
    assert.deepEqual(first?.reasons, ['Expected status 200 to 299, found 500.', over]);
    assert.deepEqual([second?.status, second?.attempts, second?.reasons], ['failed', 0, [over]]);
  });

  it('ends at once when the step is cancelled', async () => {
    answer(() => {
      cancel.abort(new CancelledError('SIGINT'));
    });
    await assert.rejects(run('checks: [{ name: a, http: { target: TARGET } }]'), CancelledError);
  });

  it('removes what was being made when the step was cancelled', async () => {
    standIn.requests.length = 0;
    answer((request, response) => {
      if (request.method !== 'POST') {
        response.end();
        return;
      }
      cancel.abort(new CancelledError('SIGINT'));
      setTimeout(() => response.end('{"id":7}'), 200);
    });
    const check =
      "{ name: a, http: { target: TARGET, path: /flows, method: POST }, capture: { ID: { json: id } }, cleanup: { path: '/flows/${ID}' } }";
    await assert.rejects(run(`checks: [${check}, { name: b, http: { target: TARGET } }]`), CancelledError);
    assert.deepEqual(standIn.requests, ['POST /flows', 'DELETE /flows/7']);
  });
});
