import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import * as path from 'node:path';

/** Makes the Marketplace package, dist/langflow-delivery.vsix, of what `npm run build` left in dist. */
const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const vsix = path.join(dist, 'langflow-delivery.vsix');

await rm(vsix, { force: true });
// tfx looks for each task.json below its root and not where it packs the file, so the root is laid out as the package.
const texts = ['vss-extension.json', 'README.md', 'LICENSE', 'icon.png'];
await Promise.all(texts.map((name) => copyFile(path.join(root, name), path.join(dist, name))));
const tfx = spawnSync(
  path.join(root, 'node_modules/.bin/tfx'),
  [
    'extension',
    'create',
    '--root',
    dist,
    '--manifests',
    'vss-extension.json',
    '--output-path',
    vsix,
    '--no-prompt',
    '--no-color',
  ],
  { cwd: root, encoding: 'utf8' },
);
process.stdout.write(tfx.stdout);
process.stderr.write(tfx.stderr);
if (tfx.status !== 0) process.exit(tfx.status ?? 1);
// tfx reports a task that the server would refuse as a warning and ends with 0.
if (/warning/i.test(tfx.stdout + tfx.stderr)) {
  console.error('tfx warned about the extension; a package with warnings is not made.');
  await rm(vsix, { force: true });
  process.exit(1);
}
console.log(`${path.relative(process.cwd(), vsix)}: ${Math.round(statSync(vsix).size / 1024)} KiB`);
