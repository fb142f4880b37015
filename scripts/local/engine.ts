import { mkdir } from 'node:fs/promises';
import { run, succeeds } from './command';
import { DOCKER_HOST, state } from './paths';
import { start } from './service';

/** Whether an engine runs that is not ours. */
export async function engineExists(): Promise<boolean> {
  return process.env.DOCKER_HOST !== DOCKER_HOST && succeeds('docker', ['info']);
}

/**
 * A Docker engine, for buildx's docker-container driver, unless there is one. Ours has no network of its own, since
 * Docker's would change the machine's packet filter: `docker run --network=host`.
 */
export async function startEngine(): Promise<string> {
  if (await engineExists()) return 'the running one is used';
  await mkdir(state('docker'), { recursive: true });
  return start({
    name: 'dockerd',
    command: [
      'dockerd',
      `--host=${DOCKER_HOST}`,
      `--data-root=${state('docker/data')}`,
      `--exec-root=${state('docker/run')}`,
      `--pidfile=${state('docker/pid')}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
    ],
    ready: () => run('docker', ['info'], { env: { DOCKER_HOST } }),
  });
}
