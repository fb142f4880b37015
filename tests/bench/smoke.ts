import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { localEnvironment } from '../environment';
import { kubectl, pushWebImage, webObjects } from '../integration/support/cluster';
import { registryOf } from '../integration/support/images';
import { smokeStep, type SmokePlace } from '../integration/support/smokeStep';
import { table } from './table';

/** Checks, and groups of them, of which each is one request. */
const CHECKS = 48;
const GROUPS = 8;
/** What a server takes to answer, in milliseconds: Langflow's own is 20 to 200. */
const THINKING_MS = 100;
const RUNS = 3;

/**
 * The same requests with the same expectations, as a whole step of LangflowSmokeTest and as one curl after the other: to a
 * public address, and to a Service of the cluster (curl by way of `kubectl port-forward`). Prints seconds and ratios.
 */
export async function benchSmoke(): Promise<void> {
  const environment = localEnvironment();
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-smoke-'));
  const namespace = `bench-smoke-${randomBytes(4).toString('hex')}`;
  const server = createServer((_request, response) => {
    setTimeout(() => response.end('{"status":"ok"}'), THINKING_MS);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const rows: string[][] = [];
  try {
    const repository = `tests/${namespace}`;
    const digest = await pushWebImage(registryOf(environment), repository, { password: 'p', token: 't' });
    const image = `${environment.registryHost}/${repository}`;
    kubectl(['create', 'namespace', namespace]);
    kubectl(['apply', '-n', namespace, '-f', '-'], webObjects(`${image}@${digest}`));
    kubectl(['rollout', 'status', '-n', namespace, 'deployment/web', '--timeout=60s']);
    const place: SmokePlace = { environment, folder, namespace };
    const release = [{ name: 'web', image, digest }];
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const step = async (target: string, urlPath: string): Promise<void> => {
      const { result, message } = await smokeStep(place, checksOf(target, urlPath), release);
      if (result !== 'Succeeded') throw new Error(message);
    };
    rows.push(
      await compare(
        'public address',
        () => curls(`${address}/`),
        () => step(address, '/'),
      ),
      await compare(
        'Service of the cluster',
        () => forwarded(namespace, (local) => curls(`${local}/cgi-bin/brief`)),
        () => step('service/web:80', '/cgi-bin/brief'),
      ),
    );
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  }
  console.log(table([`${CHECKS} checks, s`, 'curl, one by one', 'LangflowSmokeTest', 'ours / curl'], rows));
}

/** The median of a few runs of each, in turn. */
async function compare(
  what: string,
  peer: () => Promise<void>,
  ours: () => Promise<void>,
): Promise<string[]> {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    times[0].push(await timed(peer));
    times[1].push(await timed(ours));
  }
  const [a = 0, b = 0] = times.map((each) => each.sort((one, other) => one - other)[Math.floor(RUNS / 2)]);
  return [what, a.toFixed(1), b.toFixed(1), (b / a).toFixed(2)];
}

/** Not synchronous: the server of the public address is this process. */
async function curls(address: string): Promise<void> {
  for (let check = 0; check < CHECKS; check++) {
    const { stdout } = await promisify(execFile)('curl', ['-s', '-w', '%{http_code}', address]);
    if (!stdout.endsWith('200')) throw new Error(stdout);
  }
}

async function forwarded(namespace: string, use: (address: string) => Promise<void>): Promise<void> {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, 'service/web', ':80'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let printed = '';
    for await (const chunk of child.stdout) {
      printed += String(chunk);
      const port = /127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
      if (port === undefined) continue;
      await use(`http://127.0.0.1:${port}`);
      break;
    }
  } finally {
    child.kill();
  }
}

function checksOf(target: string, urlPath: string): string {
  const groups = Array.from({ length: GROUPS }, (_, group) => ({
    name: `group ${group}`,
    checks: Array.from({ length: CHECKS / GROUPS }, (_unused, check) => ({
      name: `check ${group}.${check}`,
      http: { target, path: urlPath },
      expect: { status: 200 },
    })),
  }));
  return JSON.stringify({ groups });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}
