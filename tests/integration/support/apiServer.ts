import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localEnvironment } from '../../environment';
import { freePort } from './ports';

const PATIENCE_MS = 60_000;

/**
 * A second real API server of the local cluster, on the same etcd, that a test may kill: as with several control plane
 * nodes, what one of them stores the other one serves.
 */
export class ApiServer {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly command: readonly string[],
    readonly port: number,
  ) {}

  /** @param more further arguments of kube-apiserver */
  static async start(more: readonly string[] = []): Promise<ApiServer> {
    const state = localEnvironment().state;
    const { pid } = JSON.parse(readFileSync(path.join(state, 'run/kube-apiserver.json'), 'utf8')) as {
      pid: number;
    };
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const port = await freePort();
    const own = command.map((argument) =>
      argument.startsWith('--secure-port=') ? `--secure-port=${port}` : argument,
    );
    const server = new ApiServer([...own, ...more], port);
    await server.begin();
    return server;
  }

  /** The local kubeconfig, for this server. */
  get kubeconfig(): string {
    return localEnvironment().kubeconfig.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${this.port}`);
  }

  /** Resolves when the server answers. */
  async begin(): Promise<void> {
    const [program = '', ...args] = this.command;
    this.process = spawn(program, args, { stdio: 'ignore' });
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const server = `--server=https://127.0.0.1:${this.port}`;
        execFileSync('kubectl', [server, 'get', '--raw', '/readyz'], { stdio: 'ignore' });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(200);
      }
    }
  }

  async kill(): Promise<void> {
    const running = this.process;
    if (!running || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
}
