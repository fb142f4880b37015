import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildkitdConfig } from '../../../scripts/local/buildkitdConfig';

/** A BuildKit daemon of a test's own: with an empty cache, and free to be killed. */
export interface Buildkitd {
  address: string;
  kill: () => Promise<void>;
}

/**
 * @param root where it keeps everything; default: a folder that goes with it
 * @param authorities PEM file by the host of a registry
 * @param tls folder with ca.pem, cert.pem and key.pem; it then listens at 127.0.0.1 and asks for client certificates
 */
export async function startBuildkitd({
  registryHost,
  root,
  tls,
  authorities = {},
}: {
  registryHost: string;
  root?: string;
  authorities?: Record<string, string>;
  tls?: { folder: string; port: number };
}): Promise<Buildkitd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'buildkitd-'));
  const data = root ?? path.join(folder, 'root');
  mkdirSync(data, { recursive: true });
  const socket = path.join(folder, 'buildkitd.sock');
  const address = tls ? `tcp://127.0.0.1:${tls.port}` : `unix://${socket}`;
  const certificates = tls
    ? `[grpc.tls]\n  cert = "${tls.folder}/cert.pem"\n  key = "${tls.folder}/key.pem"\n  ca = "${tls.folder}/ca.pem"\n`
    : '';
  const config = path.join(folder, 'buildkitd.toml');
  const registries = Object.entries(authorities).map(
    ([host, file]) => `[registry."${host}"]\n  ca = ["${file}"]\n`,
  );
  writeFileSync(
    config,
    buildkitdConfig({
      root: data,
      address,
      registryHost,
      grpc: certificates,
      registries: registries.join(''),
    }),
  );
  const daemon = spawn('buildkitd', ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4_000)));
  const where = tls ? { host: '127.0.0.1', port: tls.port } : { path: socket };
  for (let patience = 100; !(await accepts(where)); patience--) {
    if (patience === 0 || daemon.exitCode !== null) throw new Error(`buildkitd does not start: ${words}`);
    await sleep(100);
  }
  return {
    address,
    kill: async () => {
      if (daemon.exitCode === null && daemon.signalCode === null) {
        daemon.kill('SIGKILL');
        await once(daemon, 'exit');
      }
      unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a daemon that was killed leaves mounted, the innermost first. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const targets = mounts.map((line) => line.split(' ')[1] ?? '');
  for (const target of targets.filter((one) => one.startsWith(`${folder}/`)).reverse())
    execFileSync('umount', ['--lazy', target]);
}

function accepts(where: { host: string; port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(where);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
