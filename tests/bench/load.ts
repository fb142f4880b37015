import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { table } from './table';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const TASKS = ['LangflowBuild', 'LangflowScan', 'LangflowDeploy', 'LangflowSmokeTest'];
const RUNS = 41;

/**
 * Starts each task without its inputs, which it refuses, beside `node -e 0`: what a step costs before it does anything.
 * The runs take turns, so that a busy machine slows them all alike; the fastest is what it takes when nothing disturbs.
 */
export function benchLoad(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-load-'));
  try {
    const rows = ([20, 24] as const).flatMap((version) => {
      const node = path.join(PROJECT, `node_modules/node${version}/bin/node`);
      const empty: number[] = [];
      const times = new Map(TASKS.map((task) => [task, [] as number[]]));
      for (let run = 0; run < RUNS; run++) {
        empty.push(timed(node, ['-e', '0'], folder).ms);
        for (const [task, own] of times) {
          const { ms, output } = timed(node, [path.join(PROJECT, 'dist/tasks', task, 'index.js')], folder);
          assert.match(output, /##vso\[task\.complete result=Failed;\]Input '/);
          own.push(ms);
        }
      }
      return [...times].map(([task, own]) => [
        `${task}, Node ${version}`,
        ...[median, fastest].flatMap((of) => [
          of(empty).toFixed(0),
          of(own).toFixed(0),
          (of(own) / of(empty)).toFixed(2),
        ]),
      ]);
    });
    const headings = ['node -e 0', 'task', 'ratio'];
    console.log(table(['ms, median of the runs and fastest', ...headings, ...headings], rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return Promise.resolve();
}

function timed(node: string, args: string[], folder: string): { ms: number; output: string } {
  const started = performance.now();
  const { stdout } = spawnSync(node, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, AGENT_TEMPDIRECTORY: folder },
    encoding: 'utf8',
  });
  return { ms: performance.now() - started, output: stdout };
}

function fastest(numbers: readonly number[]): number {
  return Math.min(...numbers);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
