import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { workingDirectory } from '../common/agent/inputs';
import * as log from '../common/agent/log';
import { publishSummary, setOutput, temporaryFolder } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { withDockerConfig } from '../common/connections/registry';
import { formatDuration } from '../common/duration';
import { UserError } from '../common/errors';
import { imageByDigest, writeRelease, type ReleaseManifest } from '../common/release/release';
import { bakeFile, readPaths } from './bakeFile';
import { bake, BakeError, requireBuildx, withBuilder, type Builder } from './buildx';
import { dockerSettings } from './dockerConfig';
import { explainFailure } from './failure';
import type { BuildInputs } from './inputs';
import { readMetadata, releasedComponents, type Metadata } from './metadata';
import { sourceOf } from './source';
import { summaryOf } from './summary';

/**
 * Builds all components as one graph, pushes them and writes the release manifest. Without `push` nothing leaves the
 * builder, so there are no digests and no manifest.
 * @returns the message of success
 * @throws UserError when a component cannot be built or pushed
 */
export async function build(inputs: BuildInputs, signal: AbortSignal): Promise<string> {
  // A manifest of an earlier attempt must not outlive a build that fails.
  await rm(inputs.releaseManifest, { force: true });
  const source = sourceOf((name) => tl.getVariable(name));
  const started = systemClock.now();
  const metadata = await buildImages(inputs, signal);
  const duration = systemClock.now() - started;
  const count = `${inputs.components.filter(({ publish }) => publish).length} images in ${formatDuration(duration)}`;

  setOutput('releaseName', inputs.releaseName);
  if (!inputs.bake.push) return `Built ${count}; 'push' is false, so there is no release manifest.`;
  const manifest: ReleaseManifest = {
    schemaVersion: 1,
    name: inputs.releaseName,
    ...source,
    components: releasedComponents(inputs.components, metadata, inputs.bake),
  };
  await writeRelease(inputs.releaseManifest, manifest);
  report(manifest, inputs.releaseManifest, duration);
  return `Built and pushed ${count}.`;
}

async function buildImages(inputs: BuildInputs, signal: AbortSignal): Promise<Metadata> {
  const settings = dockerSettings();
  return withDockerConfig(
    [inputs.registry],
    async (dockerConfig) => {
      const buildx = { env: { DOCKER_CONFIG: dockerConfig }, signal };
      await requireBuildx(buildx);
      return withBuilder(inputs.builder, buildx, settings.proxies?.default, (builder) =>
        bakeComponents(inputs, builder),
      );
    },
    settings,
  );
}

async function bakeComponents(
  { components, bake: options }: BuildInputs,
  builder: Builder,
): Promise<Metadata> {
  const folder = await mkdtemp(path.join(temporaryFolder(), 'bake-'));
  try {
    const definition = bakeFile(components, options);
    return await readMetadata(await bake(builder, definition, folder, readPaths(components, options)));
  } catch (error) {
    throw error instanceof BakeError ? explained(error, components) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The error in words, after it was put on the run page at the line of the Dockerfile. */
function explained(error: BakeError, components: BuildInputs['components']): UserError {
  const failure = explainFailure(error.lines, components, (file) => readFileSync(file, 'utf8'));
  if (!failure) return error;
  if (failure.dockerfile !== undefined) {
    const sources = tl.getVariable('Build.SourcesDirectory') ?? workingDirectory();
    log.error(failure.reason, { path: path.relative(sources, failure.dockerfile), line: failure.line });
  }
  return new UserError(failure.message);
}

function report(manifest: ReleaseManifest, file: string, duration: number): void {
  for (const component of manifest.components) {
    log.info(`${component.name}: ${imageByDigest(component)}`);
    // A variable's name may hold no '-' in shells.
    setOutput(`digest_${component.name.replace(/-/g, '_')}`, component.digest);
  }
  setOutput('releaseManifest', file);
  publishSummary(
    tl.getVariable('System.TaskDisplayName') ?? 'Build Langflow images',
    summaryOf(manifest, duration),
  );
}
