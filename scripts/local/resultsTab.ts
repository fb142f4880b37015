import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { listens, start } from './service';

/** Serves the results tab of the latest run of scripts/demo until local-down, and prints its address. */
const PORT = 30090;
const root = path.resolve(import.meta.dirname, '../..');
const runs = path.join(root, '.langflow-pipeline/runs');
const latest = Math.max(...(await readdir(runs)).map(Number).filter(Number.isInteger));
const program = path.join(root, 'dist/cli/langflow-pipeline.js');

await start({
  name: 'results-tab',
  command: [process.execPath, program, 'view', path.join(runs, String(latest)), '--port', String(PORT)],
  files: [program],
  ready: () => listens({ port: PORT }),
});
console.log(`http://127.0.0.1:${PORT}/`);
