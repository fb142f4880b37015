import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

// task-lib writes the key of its vault into the agent's temporary folder as soon as it is imported.
const folder = mkdtempSync(path.join(tmpdir(), 'unit-tests-'));
process.env.AGENT_TEMPDIRECTORY = folder;
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
