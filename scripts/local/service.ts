import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFile, state } from './paths';
import { lastLines } from './tail';

/** A program that keeps running until local-down. */
export interface Service {
  name: string;
  command: [string, ...string[]];
  env?: NodeJS.ProcessEnv;
  /** What it reads at its start: when one of these changes, it is started anew. */
  files?: string[];
  /** Rejects as long as the service is not ready; without it, a service that runs is ready. */
  ready?: () => Promise<unknown>;
}

/** What run/<name>.json says of a started service. */
interface Started {
  pid: number;
  /** Tells the process from a later one with the same number, also after the machine's restart. */
  birth: string;
  /** Hash of the command line and the files. */
  identity: string;
}

const PATIENCE_MS = 90_000;

/**
 * Starts a service unless it runs with the same command line and files, and waits until it is ready.
 * @returns what was done, for the step's line
 * @throws with the end of its log when it ends or is not ready in 90 s
 */
export async function start(service: Service): Promise<'started' | 'already running'> {
  const record = await recordOf(service.name);
  const identity = await identityOf(service);
  const running = record && isAlive(record) && record.identity === identity;
  if (record && !running) await stop(service.name);
  if (!running && service.ready && (await problemOf(service.ready)) === undefined) {
    throw new Error(
      `Something that local-up did not start answers where ${service.name} is to listen; stop it (\`ss -ltnp\` shows who listens).`,
    );
  }
  const started = running ? record : await spawnDetached(service, identity);
  await untilReady(service, started);
  return running ? 'already running' : 'started';
}

/** Ends a started service: SIGTERM, and SIGKILL for one that is still there after 20 s. */
export async function stop(name: string): Promise<void> {
  const record = await recordOf(name);
  if (record && isAlive(record)) {
    process.kill(record.pid, 'SIGTERM');
    const deadline = Date.now() + 20_000;
    while (isAlive(record) && Date.now() < deadline) await sleep(50);
    if (isAlive(record)) process.kill(record.pid, 'SIGKILL');
    while (isAlive(record)) await sleep(50);
  }
  await rm(recordFile(name), { force: true });
}

/** The services that local-up started, the latest first. */
export async function startedServices(): Promise<string[]> {
  const files = (await readdir(state('run')).catch(() => [])).filter((file) => file.endsWith('.json'));
  const times = await Promise.all(files.map(async (file) => (await stat(state(`run/${file}`))).mtimeMs));
  return files
    .map((file, index) => ({ name: file.slice(0, -'.json'.length), time: times[index] ?? 0 }))
    .sort((a, b) => b.time - a.time)
    .map(({ name }) => name);
}

/** Resolves when something accepts connections at a port of 127.0.0.1, or of another host, or at a socket file. */
export async function listens(where: { port: number; host?: string } | { path: string }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', ...where }, () => {
      socket.destroy();
      resolve();
    }).once('error', reject);
  });
}

async function untilReady(service: Service, started: Started): Promise<void> {
  if (!service.ready) return;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const problem = await problemOf(service.ready);
    if (problem === undefined) return;
    const ended = !isAlive(started);
    if (ended || Date.now() > deadline) {
      const what = ended
        ? 'ended right after its start'
        : `is not ready after ${PATIENCE_MS / 1000} s (${problem})`;
      throw new Error(`${service.name} ${what}. Its last words:\n${await lastLines(logFile(service.name))}`);
    }
    await sleep(200);
  }
}

/** Why a service is not ready; nothing when it is. */
async function problemOf(ready: () => Promise<unknown>): Promise<string | undefined> {
  return ready().then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

async function spawnDetached(service: Service, identity: string): Promise<Started> {
  await mkdir(state('log'), { recursive: true });
  await mkdir(state('run'), { recursive: true });
  const log = openSync(logFile(service.name), 'w');
  const [program, ...args] = service.command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...service.env },
  });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  const pid = child.pid ?? 0;
  const started = { pid, birth: birthOf(pid) ?? 'gone', identity };
  await writeFile(recordFile(service.name), JSON.stringify(started));
  return started;
}

async function identityOf(service: Service): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(service.command));
  for (const file of service.files ?? []) hash.update(await readFile(file));
  return hash.digest('hex');
}

async function recordOf(name: string): Promise<Started | undefined> {
  const text = await readFile(recordFile(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Started);
}

function recordFile(name: string): string {
  return state(`run/${name}.json`);
}

function isAlive(record: Started): boolean {
  return birthOf(record.pid) === record.birth;
}

/** The boot and the tick in which a process was born; nothing when it is gone or a zombie. */
function birthOf(pid: number): string | undefined {
  try {
    // The name, in parentheses, may hold spaces; after it, field 1 is the state and field 20 the start (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // A zombie whose other threads still end (field 18 counts them) has not closed its ports yet.
    const gone = fields[0] === 'Z' && Number(fields[17]) <= 1;
    return gone ? undefined : `${boot}/${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}
