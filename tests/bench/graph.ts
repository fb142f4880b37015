import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment } from '../environment';
import { buildStep, writeFiles } from '../integration/support/buildStep';
import { watchMemory } from './memory';
import { table } from './table';

/** Builds graphs of 15, 30 and 60 tiny components: time must not grow faster than their number, memory hardly at all. */
export async function benchGraph(): Promise<void> {
  const environment = localEnvironment();
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-graph-'));
  const rows: string[][] = [];
  try {
    for (const count of [15, 30, 60]) {
      const nonce = randomBytes(4).toString('hex');
      const sources = mkdtempSync(path.join(folder, 'sources-'));
      const names = Array.from({ length: count }, (_, index) => `part-${index}`);
      writeFiles(sources, {
        'components.yml': `components:\n${names.map((name) => `  - { name: ${name}, context: ${name} }\n`).join('')}`,
        ...Object.fromEntries(
          names.map((name) => [`${name}/Dockerfile`, `FROM scratch\nCOPY Dockerfile /${nonce}-${name}\n`]),
        ),
      });
      const started = performance.now();
      const memory = watchMemory('tasks/LangflowBuild/');
      const where = { folder, sources, prefix: `bench/${nonce}` };
      const outcome = await buildStep(environment, where, { cache: 'none' });
      if (outcome.result !== 'Succeeded') throw new Error(outcome.message);
      const seconds = (performance.now() - started) / 1_000;
      rows.push([
        String(count),
        seconds.toFixed(1),
        ((1_000 * seconds) / count).toFixed(0),
        (memory.peak() / 1_000).toFixed(0),
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(table(['Components', 'seconds', 'ms each', 'peak of our process, MB'], rows));
}
