import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { WebSocketServer } from 'ws';
import { FeatureServer } from './featureServer';
import { failuresOf, runYaml, StandIn, type RunnerOptions } from './runner';

/** Each feature of the check file against a real server on loopback: a check that passes, and the same one failing. */
describe('a file of checks', () => {
  let standIn: StandIn;
  let folder: string;
  let server: FeatureServer;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'features-'));
    writeFileSync(
      path.join(folder, 'ask.sh'),
      '#!/bin/sh\necho "asked $1"\necho "{\\"words\\":$WORDS}"\nexit "$2"\n',
    );
    chmodSync(path.join(folder, 'ask.sh'), 0o755);
    standIn = await StandIn.start();
    server = new FeatureServer(() => standIn.address);
    standIn.answers = server.answer;
    const sockets = new WebSocketServer({ server: standIn.server, path: '/socket' });
    sockets.on('connection', (socket) => {
      socket.send('hello');
      socket.on('message', (data: Buffer) => {
        socket.send(`{"echo":${data.toString()}}`);
      });
    });
  });
  after(() => {
    standIn.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (check: string, options: RunnerOptions = {}) =>
    runYaml(`checks:\n  - { name: it, ${check.replaceAll('TARGET', standIn.address)} }`, {
      folder,
      ...options,
    });

  const http = (requestPath: string, more = ''): string =>
    `http: { target: TARGET, path: ${requestPath}${more} }`;
  for (const [feature, passes, fails, reason] of [
    [
      'status',
      `${http('/nowhere')}, expect: { status: [401, 404] }`,
      http('/nowhere'),
      /Expected status 200 to 299, found 404\./,
    ],
    [
      'a header',
      `${http('/json')}, expect: { headers: { x-KIND: json, x-none: { exists: false } } }`,
      `${http('/json')}, expect: { headers: { x-kind: { matches: ^xml } } }`,
      /Header x-kind: expected what matches "\^xml", found "json"\./,
    ],
    [
      'JSONPath',
      `${http('/json')}, expect: { json: { $.version: 1.13.0, '$.items[*].id': { count: 2, above: 0 }, /ok: true } }`,
      `${http('/json')}, expect: { json: { '$.items[?@.id == 2].id': 3 } }`,
      /\$\.items\[\?@\.id == 2\]\.id: expected 3, found 2\./,
    ],
    [
      'JSON',
      `${http('/json')}, expect: { body: { items: [{ id: 2 }] } }`,
      `${http('/json')}, expect: { body: { ok: false } }`,
      /\/ok: expected false, found true\./,
    ],
    [
      'text that must be there',
      `${http('/json')}, expect: { contains: [version, items], excludes: error }`,
      `${http('/json')}, expect: { contains: [version, flows], excludes: items }`,
      /Expected what contains "flows"\. Expected what does not contain "items"\./,
    ],
    [
      'a regular expression',
      `${http('/json')}, expect: { matches: '"version":"1\\.13\\.\\d+"' }`,
      `${http('/json')}, expect: { matches: '^version' }`,
      /Expected what matches "\^version"/,
    ],
    [
      'latency over many requests',
      `${http('/json', ', times: 20, concurrency: 5')}, expect: { latency: { p95: 5s } }`,
      `${http('/slow', ', times: 4, concurrency: 4')}, expect: { latency: { p95: 100ms, max: 9s } }`,
      /Latency p95 over 4 requests: expected at most 100 ms, found \d+ ms\.$/,
    ],
    [
      'redirects',
      `${http('/away', ', redirects: 1')}, expect: { json: { $.ok: true } }`,
      http('/loop', ', redirects: 3'),
      /Expected status 200 to 299, found 302\./,
    ],
    [
      'the wish to wait (429)',
      http('/limited'),
      `${http('/limited')}, expect: { status: 404 }`,
      /Expected status 404, found 200\./,
    ],
    [
      'the assets of a page',
      `${http('/page')}, expect: { assets: page }`,
      `${http('/page')}, expect: { assets: all }`,
      /^\/assets\/later-AbCdEf34\.js: expected status 200, found 404\.$/,
    ],
    [
      'assets that are the page itself',
      `${http('/page')}, expect: { assets: page }`,
      `${http('/lost')}, expect: { assets: page }`,
      /\/spa\/missing\.css: expected its own content type, found text\/html\./,
    ],
    [
      'a page of assets',
      `${http('/page')}, expect: { assets: page }`,
      `${http('/plain')}, expect: { assets: page }`,
      /names no script/,
    ],
    [
      'server-sent events',
      `events: { target: TARGET, path: /events }, expect: { count: 2, json: { $.n: 2 }, headers: { content-type: { contains: event-stream } }, firstWithin: 2s }`,
      `events: { target: TARGET, path: /events }, expect: { json: { $.n: 3 } }`,
      /Expected 1 event, found 2; the stream ended\. Of no event it held: \$\.n: expected 3, found \d\./,
    ],
    [
      'JSON by line',
      `events: { target: TARGET, path: /lines, body: {} }, expect: { body: { event: end }, contains: 3 words }`,
      `events: { target: TARGET, path: /lines }, expect: { count: 3 }`,
      /Expected 3 events, found 2; the stream ended\./,
    ],
    [
      'a stream that goes on',
      `events: { target: TARGET, path: /endless }, expect: { contains: tick }`,
      `events: { target: TARGET, path: /endless }, expect: { count: 2 }, timeout: 1s`,
      /Expected 2 events, found 1; the time was over\./,
    ],
    [
      'a stream that is refused',
      `events: { target: TARGET, path: /events }`,
      `events: { target: TARGET, path: /nowhere }`,
      /^Expected status 200 to 299, found 404\.$/,
    ],
    [
      'a WebSocket',
      `websocket: { target: TARGET, path: /socket, send: [{ a: 1 }] }, expect: { json: { $.echo.a: 1 } }`,
      `websocket: { target: TARGET, path: /socket, send: [{ a: 1 }] }, expect: { contains: bye }, timeout: 1s`,
      /Expected a message that is right among 2; the time was over\. Of no message it held: Expected what contains "bye"\./,
    ],
    [
      'a WebSocket that opens',
      `websocket: { target: TARGET, path: /socket }`,
      `websocket: { target: TARGET, path: /nowhere }`,
      /Expected a WebSocket \(status 101\), found status 400\./,
    ],
    [
      'Prometheus',
      `prometheus: { target: TARGET, query: up }, expect: { above: -1 }`,
      `prometheus: { target: TARGET, query: up }, expect: { above: 0 }`,
      /\{pod="b"\}: expected a number above 0, found 0\./,
    ],
    [
      'a scalar of Prometheus',
      `prometheus: { target: TARGET, query: scalar }, expect: { below: 1 }`,
      `prometheus: { target: TARGET, query: nonsense }`,
      /Prometheus refuses the query: parse error/,
    ],
    [
      'no series',
      `prometheus: { target: TARGET, query: none }, expect: { empty: true, above: 0 }`,
      `prometheus: { target: TARGET, query: none }, expect: { above: 0 }`,
      /Expected a value, found no series\./,
    ],
    [
      'a command',
      `command: { run: [./ask.sh, you, '3'], env: { WORDS: '7' } }, expect: { exitCode: 3, contains: asked you, json: { $.words: 7 } }`,
      `command: { run: [./ask.sh, you, '4'], env: { WORDS: '7' } }, expect: { json: { $.words: 8 } }`,
      /Expected exit code 0, found 4\. \$\.words: expected 8, found 7\./,
    ],
    ['a program', `command: { run: ['true'] }`, `command: { run: [no-such-program] }`, /no-such-program/],
  ] as [string, string, string, RegExp][]) {
    it(`judges ${feature}`, async () => {
      assert.deepEqual(failuresOf(await run(passes)), {});
      const outcomes = await run(fails);
      assert.equal(outcomes[0]?.status, 'failed', 'it fails');
      assert.match(failuresOf(outcomes).it ?? '', reason);
    });
  }

  it('gives up a redirect loop after as many as it may follow', async () => {
    standIn.requests.length = 0;
    const [outcome] = await run(http('/loop', ', redirects: 3'));
    assert.equal(standIn.requests.length, 4);
    assert.match(
      outcome?.output ?? '',
      /redirected more than 3 times, the last time to \/loop: it may be a loop/,
    );
  });

  it('tries again until a deadline, with longer and longer pauses', async () => {
    server.flaky = 0;
    const [passed] = await run(`${http('/flaky')}, retry: { for: 20s, interval: 1s, backoff: 1.1 }`);
    assert.deepEqual([passed?.status, passed?.attempts], ['passed', 4]);
    const [failed] = await run(`${http('/nowhere')}, retry: { for: 2s, interval: 1s, backoff: 2 }`);
    assert.deepEqual([failed?.status, failed?.attempts], ['failed', 2]);
  });

  it('goes on for a window, and fails when too many of its attempts do', async () => {
    standIn.requests.length = 0;
    const [stable] = await run(`${http('/json')}, repeat: { for: 3s, interval: 1s }`);
    assert.deepEqual([stable?.status, stable?.attempts], ['passed', 4]);
    server.flaky = 3;
    const [unstable] = await run(`${http('/flaky')}, repeat: { for: 60s, interval: 1s, errors: 1% }`);
    assert.equal(unstable?.status, 'failed');
    assert.match(
      unstable.reasons.join(' '),
      /1 of 1 attempts failed \(100\.0 %\) within 1\.\ds of the window of 1m0s; at most 1 % may\. Expected status/,
    );
    server.flaky = 3;
    const [tolerated] = await run(`${http('/flaky')}, repeat: { for: 4s, interval: 1s, errors: 80% }`);
    assert.equal(tolerated?.status, 'passed');
  });

  it('makes a soft check that fails a warning', async () => {
    const [outcome] = await run(`${http('/nowhere')}, soft: true`);
    assert.equal(outcome?.status, 'warning');
  });

  it('attaches the evidence of what fails only', async () => {
    const [passed] = await run(http('/json'), { evidence: 'Pod web-1' });
    const [failed] = await run(http('/nowhere'), { evidence: 'Pod web-1 s3cret', secrets: ['s3cret'] });
    assert.deepEqual([passed?.evidence, failed?.evidence], ['', 'Pod web-1 ***']);
  });

  it('sends no more requests than its budget, but those that clean up', async () => {
    standIn.requests.length = 0;
    const outcomes = await runYaml(
      `checks:
  - { name: made, http: { target: ${standIn.address}, path: /json }, capture: { ID: { header: location } }, cleanup: { path: '/gone/\${ID}' } }
  - { name: much, http: { target: ${standIn.address}, path: /json, times: 5 } }`,
      { maxRequests: 3 },
    );
    assert.match(
      failuresOf(outcomes).much ?? '',
      /The step's requests \(input maxRequests: 3\) are all used/,
    );
    assert.deepEqual(standIn.requests, ['GET /json', 'GET /json', 'GET /json', 'DELETE /gone/%2Fx%2F9']);
  });

  it('makes groups at the same time, and the checks of one in their order', async () => {
    const group = (name: string) =>
      `- { name: ${name}, checks: [${['1', '2', '3']
        .map(
          (number) =>
            `{ name: ${name}${number}, http: { target: ${standIn.address}, path: /slow?${name}${number} } }`,
        )
        .join(', ')}] }`;
    standIn.requests.length = 0;
    const outcomes = await runYaml(`groups:\n  ${['a', 'b', 'c'].map(group).join('\n  ')}`);
    assert.deepEqual(failuresOf(outcomes), {});
    const order = standIn.requests.map((request) => request.slice('GET /slow?'.length));
    assert.deepEqual(order.slice(0, 3).sort(), ['a1', 'b1', 'c1'], 'all groups begin at once');
    for (const name of ['a', 'b', 'c'])
      assert.deepEqual(
        order.filter((one) => one.startsWith(name)),
        [`${name}1`, `${name}2`, `${name}3`],
      );
    assert.deepEqual(
      outcomes.map((outcome) => `${outcome.group} ${outcome.name}`),
      ['a a1', 'a a2', 'a a3', 'b b1', 'b b2', 'b b3', 'c c1', 'c c2', 'c c3'],
    );
  });
});
