import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { workingDirectory } from '../common/agent/inputs';
import { localized } from '../common/agent/messages';
import { setOutput } from '../common/agent/results';
import { InputError } from '../common/errors';
import { readRelease, writeRelease, type ReleaseManifest } from '../common/release/release';
import { releaseOf, type ViewDraft } from '../common/view/draft';
import type { JoinInputs } from './inputs';
import { joined } from './join';
import { reportRelease } from './report';

/**
 * Joins the release manifests of several agents into one.
 * @returns the message of success
 * @throws UserError when there are none or they are no release together
 */
export async function joinManifests(inputs: JoinInputs, view: ViewDraft): Promise<string> {
  const files = tl
    .findMatch(workingDirectory(), inputs.parts)
    .filter((file) => path.resolve(file) !== inputs.releaseManifest);
  if (files.length === 0) {
    throw new InputError(
      'releaseManifests',
      inputs.parts.join(', '),
      'patterns that some release manifest matches',
      'Download the artifacts of the jobs that built the images first.',
    );
  }
  await rm(inputs.releaseManifest, { force: true });
  const parts = new Map<string, ReleaseManifest>();
  for (const file of files.sort()) parts.set(file, await readRelease(file));
  view.joined = files.map((file) => path.dirname(path.resolve(file)));
  const manifest = joined(parts, inputs.releaseName);
  view.release = releaseOf(manifest);
  await writeRelease(inputs.releaseManifest, manifest);
  setOutput('releaseName', manifest.name);
  reportRelease(manifest, inputs.releaseManifest);
  return localized('Joined', manifest.components.length, files.length);
}
