import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { build, transform, type BuildOptions, type Metafile, type OutputFile } from 'esbuild';

/** What a task may load before its inputs are read: task-lib, and what that requires. */
const AT_START = ['azure-pipelines-task-lib', 'semver', 'q', 'balanced-match', 'concat-map'];

export interface BundledFile {
  /** Relative to the folder of the built task. */
  path: string;
  code: string;
  map: string;
}

export interface Bundle {
  files: BundledFile[];
  /** Paths of all that is in it, relative to the project. */
  inputs: string[];
}

const common = {
  platform: 'node',
  // Agents run a Node24 handler on Node 20 unless a feature flag is on.
  target: 'node20',
  minify: true,
} satisfies BuildOptions;

/**
 * Bundles the programs of a task, index.ts and post.ts, with what they need in `chunks/`. Every `await import()` begins a
 * chunk of its own: V8 looks through the whole of a file before it runs any of it, which for the clients of Azure and
 * Kubernetes takes longer than Node itself.
 * @param root the project
 * @throws Error when a program loads more at its start than task-lib
 */
export async function bundleTask(root: string, task: string): Promise<Bundle> {
  const folder = path.join(root, 'tasks', task);
  const outdir = path.join(root, 'dist/tasks', task);
  const programs = ['index.ts', 'post.ts'].filter((name) => existsSync(path.join(folder, name)));
  const { metafile, outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: programs.map((name) => path.join(folder, name)),
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    // esbuild splits modules of ECMAScript only. Node loads those more slowly than CommonJS, which `asCommonJs` makes of them.
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    // A stack that a user reports names our functions.
    keepNames: true,
    sourcemap: 'inline',
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const program of programs) {
    const heavy = packagesAtStart(metafile, `tasks/${task}/${program}`).filter(
      (name) => !AT_START.includes(name),
    );
    if (heavy.length > 0)
      throw new Error(
        `${task}/${program} loads ${heavy.join(', ')} before the inputs are read: use \`await import()\` where it is needed.`,
      );
  }
  const files = outputFiles.map((file) => asCommonJs(file, outdir));
  return { files: await Promise.all(files), inputs: Object.keys(metafile.inputs) };
}

/** The packages that a program loads without being asked to, by name; one inside of another counts as that one. */
export function packagesAtStart({ outputs }: Pick<Metafile, 'outputs'>, entryPoint: string): string[] {
  const reached = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entryPoint));
  for (const file of reached)
    for (const { path: imported, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) reached.add(imported);
  const inputs = [...reached].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  return [
    ...new Set(
      inputs.flatMap((input) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []),
    ),
  ];
}

async function asCommonJs({ path: file, text }: OutputFile, outdir: string): Promise<BundledFile> {
  const { code, map } = await transform(text, {
    ...common,
    format: 'cjs',
    sourcefile: path.basename(file),
    sourcemap: 'external',
    supported: { 'dynamic-import': false },
  });
  return { path: path.relative(outdir, file), code, map };
}
