import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { compileFromFile } from 'json-schema-to-typescript';
import type { TaskDefinition } from './taskRules/task';
import { yamlSchema } from './yamlSchema/tasks';

/**
 * Writes what follows from another file: the TypeScript types of our JSON schemas, and the schema of pipelines from the
 * task definitions. With `--check` it writes nothing and fails when a file is out of step.
 */
const SCHEMAS = [
  ['tasks/common/release/release.schema.json', 'tasks/common/release/release.generated.ts'],
  ['tasks/common/view/view.schema.json', 'tasks/common/view/view.generated.ts'],
  ['tasks/LangflowBuild/components.schema.json', 'tasks/LangflowBuild/components.generated.ts'],
  ['tasks/LangflowScan/policy.schema.json', 'tasks/LangflowScan/policy.generated.ts'],
  // What `if` and `then` refer to counts as unreachable.
  [
    'tasks/LangflowSmokeTest/checks.schema.json',
    'tasks/LangflowSmokeTest/checks.generated.ts',
    { unreachableDefinitions: true },
  ],
] as const;

const check = process.argv.includes('--check');
for (const [schema, target, options] of SCHEMAS) {
  const types = await compileFromFile(schema, {
    bannerComment: `// Generated from ${schema} by \`npm run generate\`; change the schema instead.`,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    ...options,
  });
  await put(target, types, schema);
}

const definitions = await taskDefinitions();
await put('schemas/azure-pipelines.schema.json', json(yamlSchema(definitions)), 'tasks/*/task.json');

/** @param source what the text was made from, for the message */
async function put(target: string, text: string, source: string): Promise<void> {
  if (!check) await writeFile(target, text);
  else if (!existsSync(target) || text !== (await readFile(target, 'utf8'))) {
    console.error(`${target} is out of step with ${source}: run \`npm run generate\`.`);
    process.exitCode = 1;
  }
}

async function taskDefinitions(): Promise<TaskDefinition[]> {
  const files = (await readdir('tasks'))
    .map((name) => path.join('tasks', name, 'task.json'))
    .filter((file) => existsSync(file));
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as TaskDefinition));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
