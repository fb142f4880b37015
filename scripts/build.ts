import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { build } from 'esbuild';
import { buildHost, buildTab } from './buildTab';
import { bundleTask } from './bundle';
import { taskOf } from './channel';
import { checkTasks } from './checkTasks';
import { licencesOf, packagesOf } from './thirdParty';

/**
 * Bundles each task and puts it with its task.json and icon into dist/tasks, where the package and the harness take it
 * from; bundles the `langflow-pipeline` program to dist/cli. What is shipped without being run lies beside:
 * dist/licences.txt (packed), dist/source-maps and the schema for editors (published by themselves).
 */
const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist');

const cli = path.join(root, 'tests/agent/cli.ts');
// The results tab as one file, into which each task puts its data (tasks/common/view/html.ts).
const page = path.join(out, 'tab', 'release-view.html');
// A task that is still being written has no entry point; the manifest of the extension does not name it either.
const taskNames = (await readdir(path.join(root, 'tasks'))).filter((name) =>
  existsSync(path.join(root, 'tasks', name, 'index.ts')),
);

await checkTasks(path.join(root, 'tasks'), taskNames);
await rm(out, { recursive: true, force: true });
await mkdir(out);
// The bundles are CommonJS and stand below a package of modules here; where they are installed there is no package.
await writeFile(path.join(out, 'package.json'), '{ "type": "commonjs" }\n');
const tabInputs = await buildTab(root, path.join(out, 'tab'));
await buildHost(root, path.join(out, 'cli/host.html'));
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};
const [bundled] = await Promise.all([
  Promise.all(taskNames.map(buildTask)),
  ...(existsSync(cli) ? [buildCli()] : []),
]);
const packages = packagesOf(new Set([...tabInputs, ...bundled.flat()]), root);
await writeFile(path.join(out, 'licences.txt'), licencesOf(packages));
await writeFile(
  path.join(out, 'packages.json'),
  JSON.stringify(packages.map(({ name, version }) => `${name}@${version}`)),
);
await cp(path.join(root, 'schemas'), out, { recursive: true });
console.log(`Built ${taskNames.join(', ')} into ${path.relative(process.cwd(), path.join(out, 'tasks'))}.`);

/** @returns the paths of all bundled files, relative to the project */
async function buildTask(name: string): Promise<string[]> {
  const source = path.join(root, 'tasks', name);
  const target = path.join(out, 'tasks', name);
  const { files, inputs } = await bundleTask(root, name);
  for (const { path: file, code, map } of files) {
    await write(path.join(target, file), code);
    await write(path.join(out, 'source-maps', name, `${file}.map`), map);
  }
  const definition = JSON.parse(await readFile(path.join(source, 'task.json'), 'utf8')) as Parameters<
    typeof taskOf
  >[0];
  await writeFile(
    path.join(target, 'task.json'),
    `${JSON.stringify(taskOf(definition, 'production', version), null, 2)}\n`,
  );
  await cp(path.join(source, 'icon.png'), path.join(target, 'icon.png'));
  await cp(path.join(source, 'Strings'), path.join(target, 'Strings'), { recursive: true });
  await cp(page, path.join(target, 'release-view.html'));
  return inputs;
}

async function buildCli(): Promise<void> {
  await build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    entryPoints: [cli],
    outfile: path.join(out, 'cli', 'langflow-pipeline.js'),
    banner: { js: '#!/usr/bin/env node' },
    legalComments: 'linked',
    logLevel: 'warning',
  });
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
