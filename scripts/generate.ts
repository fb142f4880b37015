import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { compileFromFile } from 'json-schema-to-typescript';
import { resourcesOf } from './resources';
import type { TaskDefinition } from './taskRules/task';
import { yamlSchema } from './yamlSchema/tasks';

/**
 * Writes what follows from another file: the TypeScript types of our JSON schemas, and from the task definitions the schema of
 * pipelines and the texts to translate. With `--check` it writes nothing and fails when a file is out of step.
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
await put(
  'schemas/azure-pipelines.schema.json',
  json(yamlSchema(Object.values(definitions))),
  'tasks/*/task.json',
);
for (const [folder, definition] of Object.entries(definitions)) {
  const target = `${folder}/Strings/resources.resjson/en-US/resources.resjson`;
  await put(target, json(resourcesOf(definition)), `${folder}/task.json`);
}

/** @param source what the text was made from, for the message */
async function put(target: string, text: string, source: string): Promise<void> {
  if (!check) {
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  } else if (!existsSync(target) || text !== (await readFile(target, 'utf8'))) {
    console.error(`${target} is out of step with ${source}: run \`npm run generate\`.`);
    process.exitCode = 1;
  }
}

/** By the folder of the task. */
async function taskDefinitions(): Promise<Record<string, TaskDefinition>> {
  const folders = (await readdir('tasks'))
    .map((name) => `tasks/${name}`)
    .filter((folder) => existsSync(`${folder}/task.json`));
  const entries = folders.map(async (folder) => {
    const text = await readFile(`${folder}/task.json`, 'utf8');
    return [folder, JSON.parse(text) as TaskDefinition] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
