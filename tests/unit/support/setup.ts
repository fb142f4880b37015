import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import type * as taskLib from 'azure-pipelines-task-lib/task';

// Where an agent runs the tests, they see none of its variables.
for (const name of Object.keys(process.env))
  if (/^(AGENT|BUILD|PIPELINE|SYSTEM)_/.test(name)) Reflect.deleteProperty(process.env, name);

// task-lib writes the key of its vault into the agent's temporary folder as soon as it is imported.
const folder = mkdtempSync(path.join(tmpdir(), 'unit-tests-'));
process.env.AGENT_TEMPDIRECTORY = folder;
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});

// A task loads its sentences when it starts (tasks/common/agent/messages.ts); here are the tests of all tasks. task-lib
// prints a debug line for each file.
const tl = createRequire(import.meta.url)('azure-pipelines-task-lib/task') as typeof taskLib;
const tasks = path.resolve(import.meta.dirname, '../../../tasks');
tl.setStdStream(new PassThrough());
for (const name of readdirSync(tasks)) {
  const definition = path.join(tasks, name, 'task.json');
  if (existsSync(definition)) tl.setResourcePath(definition);
}
tl.setStdStream(process.stdout);
