import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One run of a task's program or of a script. */
export interface HandlerRun {
  /** Program and arguments. */
  command: [string, ...string[]];
  cwd: string;
  environment: Record<string, string | undefined>;
  /** Aborting it cancels the run. */
  signal: AbortSignal;
  /** Called with each line of either stream, in the order in which they come. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Agent.Sdk/ProcessInvoker.cs, in milliseconds; variables of the job can change them. */
const TIMEOUTS = { PROCESS_SIGINT_TIMEOUT: 7500, PROCESS_SIGTERM_TIMEOUT: 2500 };

/**
 * Runs a program as the agent's handlers do.
 * @returns the exit code; 128 + the signal's number after a signal
 */
export async function runHandler(run: HandlerRun): Promise<number> {
  const [program, ...args] = run.command;
  const child = spawn(program, args, {
    cwd: run.cwd,
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that what the program leaves behind can be killed.
    detached: true,
  });
  for (const stream of ['stdout', 'stderr'] as const)
    createInterface({ input: child[stream] }).on('line', (line) => {
      run.onLine(line, stream);
    });
  const timeout = (name: keyof typeof TIMEOUTS): number => Number(run.environment[name] ?? TIMEOUTS[name]);
  const timers: NodeJS.Timeout[] = [];
  const onAbort = (): void => {
    child.kill('SIGINT');
    const toTerminate = timeout('PROCESS_SIGINT_TIMEOUT');
    timers.push(
      setTimeout(() => child.kill('SIGTERM'), toTerminate),
      setTimeout(
        () => {
          killGroup(child);
        },
        toTerminate + timeout('PROCESS_SIGTERM_TIMEOUT'),
      ),
    );
  };
  if (run.signal.aborted) onAbort();
  else run.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9));
      });
    });
  } finally {
    run.signal.removeEventListener('abort', onAbort);
    timers.forEach(clearTimeout);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
