import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { build } from 'esbuild';
import { DATA_PLACE } from '../tasks/common/view/names';

/**
 * Builds the page twice from one source: `index.html`, the results tab, which reads its data over the REST API, and
 * `release-view.html`, into which a task writes its data.
 *
 * Script and style stand inside both. On an Azure DevOps Server the tab's frame is sandboxed and has no origin of its own,
 * so that a policy cannot allow files "from here"; what stands inside is allowed by its hash.
 * @param root of the repository
 * @param out folder, made when it is missing
 * @returns the paths of all bundled files, relative to the project
 */
export async function buildTab(root: string, out: string): Promise<string[]> {
  const source = path.join(root, 'tab');
  const [template, style, tab, page] = await Promise.all([
    readFile(path.join(source, 'index.html'), 'utf8'),
    styleOf(path.join(source, 'styles.css')),
    scriptOf(path.join(source, 'tab.tsx'), root),
    scriptOf(path.join(source, 'page.tsx'), root),
  ]);
  await mkdir(out, { recursive: true });
  await Promise.all([
    writeFile(
      path.join(out, 'index.html'),
      fill(template, {
        style,
        script: tab.text,
        data: '',
        // The SDK writes the host's theme into a style element of its own. Nothing that a style could load is allowed.
        // Which server is to be asked is known once the host has said it; then tab/data/host.ts allows only that one.
        policy: `default-src 'none'; script-src ${hashOf(tab.text)}; style-src 'unsafe-inline'; connect-src https: http:; base-uri 'none'; form-action 'none'`,
      }),
    ),
    writeFile(
      path.join(out, 'release-view.html'),
      fill(template, {
        style,
        script: page.text,
        data: DATA_PLACE,
        policy: `default-src 'none'; script-src ${hashOf(page.text)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`,
      }),
    ),
  ]);
  return [...tab.inputs, ...page.inputs];
}

/** The page that stands in for Azure DevOps: for `langflow-pipeline view` and the browser test, not for the package. */
export async function buildHost(root: string, file: string): Promise<void> {
  const source = path.join(root, 'tests/host');
  const template = await readFile(path.join(source, 'page.html'), 'utf8');
  const script = await scriptOf(path.join(source, 'page.ts'), root);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    template.replace('<script></script>', () => `<script>${script.text}</script>`),
  );
}

function fill(
  template: string,
  parts: { style: string; script: string; data: string; policy: string },
): string {
  return template
    .replace('__POLICY__', () => parts.policy)
    .replace('<style></style>', () => `<style>${parts.style}</style>`)
    .replace('<!-- data -->', () => parts.data)
    .replace('<script></script>', () => `<script>${parts.script}</script>`);
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Bundles a script that can stand inside an element: `</script` cannot come up in it, for esbuild escapes it. */
async function scriptOf(entry: string, root: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'edge111', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    logLevel: 'warning',
    legalComments: 'none',
  });
  return { text: (outputFiles[0]?.text ?? '').trim(), inputs: Object.keys(metafile.inputs) };
}

async function styleOf(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    write: false,
    minify: true,
    logLevel: 'warning',
  });
  return (outputFiles[0]?.text ?? '').trim();
}
