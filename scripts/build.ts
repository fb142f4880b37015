import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { build } from 'esbuild';
import { buildHost, buildTab } from './buildTab';
import { taskOf } from './channel';
import { checkTasks } from './checkTasks';
import { licencesOf, packagesOf } from './thirdParty';

/**
 * Bundles each task to one file and puts it with its task.json and icon into dist/tasks, where the package and the
 * harness take it from; bundles the `langflow-pipeline` program to dist/cli. What is shipped without being run lies beside:
 * dist/licences.txt (packed), dist/source-maps and the schema for the editor (published by themselves).
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
  // A task of several phases has its code once, in main.js; each phase is a program of two lines.
  const hasPhases = existsSync(path.join(source, 'main.ts'));
  const programs = ['main.ts', 'index.ts', 'post.ts'].filter((name) => existsSync(path.join(source, name)));
  const { metafile } = await build({
    ...common(),
    absWorkingDir: root,
    metafile: true,
    sourcemap: 'external',
    legalComments: 'none',
    entryPoints: programs.map((name) => path.join(source, name)),
    outdir: target,
    external: hasPhases ? ['./main'] : [],
    // Agents run a Node24 handler on Node 20 unless a feature flag is on.
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    // A stack that a user reports names our functions.
    keepNames: true,
  });
  const maps = path.join(out, 'source-maps', name);
  await mkdir(maps, { recursive: true });
  const built = programs.map((program) => program.replace(/\.ts$/, '.js.map'));
  await Promise.all(built.map((map) => rename(path.join(target, map), path.join(maps, map))));
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
  return Object.keys(metafile.inputs);
}

async function buildCli(): Promise<void> {
  const outfile = path.join(out, 'cli', 'langflow-pipeline.js');
  await build({
    ...common(),
    entryPoints: [cli],
    outfile,
    target: 'node20',
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
  });
}

function common() {
  return { bundle: true, platform: 'node', logLevel: 'warning', legalComments: 'linked' } as const;
}
