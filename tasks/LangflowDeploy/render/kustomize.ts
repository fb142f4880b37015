import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { info } from '../../common/agent/log';
import { workingDirectory } from '../../common/agent/inputs';
import { relativePath } from '../../common/paths';
import { run } from '../../common/process';
import { findProgram } from '../../common/tools/program';
import { parseManifest, type ManifestObject } from './manifest';
import { KUSTOMIZE } from './programs';
import { inTemporaryFolder } from './temporary';

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export function isKustomization(fileName: string): boolean {
  return KUSTOMIZATIONS.includes(fileName);
}

export function isOverlay(folder: string): boolean {
  return KUSTOMIZATIONS.some((name) => existsSync(path.join(folder, name)));
}

/**
 * Builds an overlay by `kustomize build`, or by the kustomize in kubectl where only that is there.
 * @throws UserError with kustomize's last words
 */
export async function buildOverlay(folder: string, signal: AbortSignal): Promise<ManifestObject[]> {
  const name = relativePath(workingDirectory(), folder) || '.';
  const [program, ...args] = await builder();
  const text = await inTemporaryFolder('kustomize-', async (temporary) => {
    // By a file: task-lib's lines split characters that come in two pieces.
    const output = path.join(temporary, 'objects.yaml');
    await run(program, [...args, folder, '-o', output], { signal });
    return readFileSync(output, 'utf8');
  });
  const objects = parseManifest(text, `${name}, as built`);
  info(`Built ${name}: ${objects.length} objects.`);
  return objects;
}

async function builder(): Promise<[program: string, ...args: string[]]> {
  const kubectl = tl.which('kubectl', false);
  if (tl.which('kustomize', false) === '' && kubectl !== '') return [kubectl, 'kustomize'];
  return [(await findProgram(KUSTOMIZE)).file, 'build'];
}
