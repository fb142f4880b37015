import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { table } from './table';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const TASK_LIB = createRequire(import.meta.url).resolve('azure-pipelines-task-lib/task');
/** Tasks, and the input that each reads first. */
const TASKS = {
  LangflowBuild: 'releaseName',
  LangflowScan: 'containerRegistry',
  LangflowDeploy: 'action',
  LangflowSmokeTest: 'namespace',
};
const RUNS = 41;

/**
 * Starts each task without inputs, beside `node -e 0` and beside Node with task-lib alone, as it is installed: the time
 * until it reads its first input, and until it has ended with the refusal on the run page. The runs take turns, so that a
 * busy machine slows them all alike.
 */
export async function benchLoad(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-load-'));
  try {
    const rows: string[][] = [];
    for (const version of [20, 24]) {
      const node = path.join(PROJECT, `node_modules/node${version}/bin/node`);
      const times: Record<string, number[]> = {};
      const note = (what: string, ms: number): void => void (times[what] ??= []).push(ms);
      for (let run = 0; run < RUNS; run++) {
        note('node -e 0', (await start(node, ['-e', '0'], folder)).ended);
        note('task-lib', (await start(node, ['-e', `require(${JSON.stringify(TASK_LIB)})`], folder)).ended);
        for (const [task, input] of Object.entries(TASKS)) {
          const program = path.join(PROJECT, 'dist/tasks', task, 'index.js');
          const { reads, ended, output } = await start(node, [program], folder, `task.debug]${input}=`);
          assert.match(output, /##vso\[task\.complete result=Failed;\]Input '/);
          note(`${task} reads`, reads ?? NaN);
          note(`${task} has refused`, ended);
        }
      }
      const base = median(times['node -e 0'] ?? []);
      for (const [what, all] of Object.entries(times))
        rows.push([`Node ${version}: ${what}`, median(all).toFixed(0), (median(all) / base).toFixed(2)]);
    }
    console.log(table([`Median of ${RUNS} starts`, 'ms', '× node -e 0'], rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns milliseconds until the mark was printed, and until the end */
async function start(
  node: string,
  args: string[],
  folder: string,
  mark?: string,
): Promise<{ reads: number | undefined; ended: number; output: string }> {
  const started = performance.now();
  const child = spawn(node, args, {
    cwd: folder,
    // Without NODE_EXTRA_CA_CERTS, which Node 20 reads before anything else.
    env: { PATH: process.env.PATH, AGENT_TEMPDIRECTORY: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let reads: number | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (mark !== undefined && output.includes(mark)) reads ??= performance.now() - started;
  });
  await once(child, 'close');
  return { reads, ended: performance.now() - started, output };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
