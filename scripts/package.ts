import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { manifestOf, taskOf, type Channel } from './channel';
import { objectionToSize, picturesIn } from './packageRules';
import { onlyBundled, type CycloneDx } from './thirdParty';

/**
 * Makes the Marketplace package of what `npm run build` left in dist: dist/langflow-delivery.vsix, and with
 * `-- development` dist/langflow-delivery-dev.vsix, which can be installed beside it.
 */
const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const argument = process.argv[2] ?? 'production';
if (argument !== 'production' && argument !== 'development') {
  console.error(`There is no channel '${argument}'; there are 'production' and 'development'.`);
  process.exit(2);
}
const channel: Channel = argument;
const vsix = path.join(dist, `langflow-delivery${channel === 'production' ? '' : '-dev'}.vsix`);
const layout = path.join(dist, 'package', channel);

await rm(vsix, { force: true });
await layOut();
run(path.join(root, 'node_modules/.bin/tfx'), [
  ...['extension', 'create', '--root', layout, '--manifests', 'vss-extension.json'],
  ...['--output-path', vsix, '--no-prompt', '--no-color'],
]);
const { size } = statSync(vsix);
console.log(`${path.relative(process.cwd(), vsix)}: ${size} bytes`);
const objection = objectionToSize(size);
if (objection !== undefined) await refuse(objection);

/** tfx looks for each task.json below its root and not where it packs the file, so the root is laid out as the package. */
async function layOut(): Promise<void> {
  const { version } = await json<{ version: string }>(path.join(root, 'package.json'));
  await rm(layout, { recursive: true, force: true });
  await mkdir(layout, { recursive: true });
  await cp(path.join(dist, 'tasks'), path.join(layout, 'tasks'), { recursive: true });
  for (const name of await readdir(path.join(layout, 'tasks'))) {
    const file = path.join(layout, 'tasks', name, 'task.json');
    await write(file, taskOf(await json<Parameters<typeof taskOf>[0]>(file), channel, version));
  }
  for (const name of ['overview.md', 'LICENSE', 'icon.png'])
    await cp(path.join(root, name), path.join(layout, name));
  await cp(path.join(dist, 'licences.txt'), path.join(layout, 'licences.txt'));
  const installed = run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application']);
  const bundled = await json<string[]>(path.join(dist, 'packages.json'));
  await write(path.join(layout, 'sbom.cdx.json'), onlyBundled(JSON.parse(installed) as CycloneDx, bundled));
  const manifest = await json<Record<string, unknown> & { files: object[]; contributions: object[] }>(
    path.join(root, 'vss-extension.json'),
  );
  await mkdir(path.join(layout, 'tab'));
  await cp(path.join(dist, 'tab/index.html'), path.join(layout, 'tab/index.html'));
  manifest.files = [...manifest.files, { path: 'tab', addressable: true }];
  manifest.contributions = [
    ...manifest.contributions,
    await json<object>(path.join(root, 'tab/contribution.json')),
  ];
  // The overview page of the Marketplace asks for its pictures by their address.
  for (const picture of picturesIn(await readFile(path.join(root, 'overview.md'), 'utf8'))) {
    await cp(path.join(root, picture), path.join(layout, picture));
    manifest.files = [...manifest.files, { path: picture, addressable: true }];
  }
  await write(path.join(layout, 'vss-extension.json'), manifestOf(manifest, channel, version));
}

/** @returns what the program printed; ends this one when it fails or warns */
function run(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  // tfx reports a task that the server would refuse as a warning and ends with 0.
  if (status !== 0 || /warning/i.test(stdout.startsWith('{') ? stderr : stdout + stderr)) {
    console.error(
      `${program} ${args.join(' ')}\n${stdout}${stderr}A package with errors or warnings is not made.`,
    );
    process.exit(status || 1);
  }
  return stdout;
}

async function refuse(why: string): Promise<never> {
  await rm(vsix, { force: true });
  console.error(why);
  process.exit(1);
}

async function json<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

async function write(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
