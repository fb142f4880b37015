import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { warning } from '../common/agent/log';
import { temporaryFolder } from '../common/agent/results';
import { messageOf, UserError } from '../common/errors';
import { run, runUnchecked } from '../common/process';
import type { BakeFile } from './bakeFile';
import { proxyVariables, userBuildxConfig, type Proxy } from './dockerConfig';

/** How `docker buildx` is started: with our private configuration, until the step is cancelled. */
export interface Buildx {
  env: Record<string, string>;
  signal: AbortSignal;
}

/** A buildx builder and the environment in which it is known. */
export interface Builder extends Buildx {
  name: string;
}

/** Lines of bake that are kept to explain a failure: the last block of a step, the excerpt and the error. */
const KEPT_LINES = 200;

/** bake failed; `lines` are its last. */
export class BakeError extends UserError {
  override name = 'BakeError';

  constructor(
    readonly lines: readonly string[],
    cause: unknown,
  ) {
    super(messageOf(cause));
  }
}

/** @throws UserError that says what to install when there is no Docker CLI or no buildx */
export async function requireBuildx({ env, signal }: Buildx): Promise<void> {
  try {
    await run('docker', ['buildx', 'version'], { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(
      `${messageOf(error)}\nThis step needs the Docker CLI and its plugin buildx 0.19 or later on the agent: install the ` +
        'packages docker-ce-cli and docker-buildx-plugin (https://docs.docker.com/engine/install).',
    );
  }
}

/**
 * Runs `use` with a builder. One that is made here is known only in a folder of its own and is removed however `use`
 * ends, also when the step is cancelled.
 * @param wanted undefined: a BuildKit container; a name: that builder; an address: that BuildKit daemon
 */
export async function withBuilder<T>(
  wanted: string | undefined,
  buildx: Buildx,
  proxy: Proxy | undefined,
  use: (builder: Builder) => Promise<T>,
): Promise<T> {
  if (wanted !== undefined && !wanted.includes('://')) {
    const env = { ...buildx.env, BUILDX_CONFIG: userBuildxConfig() };
    await prepare(['inspect', '--bootstrap', wanted], { env, signal: buildx.signal }, NAME_REMEDY);
    return use({ ...buildx, name: wanted, env });
  }
  const folder = await mkdtemp(path.join(temporaryFolder(), 'buildx-'));
  const name = `langflow-${randomUUID()}`;
  const builder = { ...buildx, name, env: { ...buildx.env, BUILDX_CONFIG: folder } };
  try {
    const create = ['create', '--bootstrap', '--name', name, '--driver'];
    await (wanted === undefined
      ? prepare([...create, 'docker-container', ...driverOptions(proxy)], builder, ENGINE_REMEDY)
      : prepare(
          [...create, 'remote', wanted],
          builder,
          `Check that a BuildKit daemon listens at ${wanted}.`,
        ));
    return await use(builder);
  } finally {
    await remove(builder);
    await rm(folder, { recursive: true, force: true });
  }
}

const NAME_REMEDY =
  "Accepted in the input 'builder' are a name that `docker buildx ls` shows to the agent's user, an address such as " +
  'unix:///run/buildkit/buildkitd.sock, or nothing: then the step makes a builder of its own.';
const ENGINE_REMEDY =
  "Check that the Docker engine runs, that the agent's user may use it and that it can pull moby/buildkit, or name " +
  "another builder in the input 'builder'.";

async function prepare(args: readonly string[], { env, signal }: Buildx, remedy: string): Promise<void> {
  try {
    await run('docker', ['buildx', ...args], { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(`The builder is not ready: ${messageOf(error)}\n${remedy}`);
  }
}

/** BuildKit pulls and pushes itself, so its container needs the proxy, too. Options are CSV; a list needs quotes. */
function driverOptions(proxy: Proxy | undefined): string[] {
  return Object.entries(proxyVariables(proxy)).flatMap(([name, value]) => [
    '--driver-opt',
    `"env.${name}=${value.replace(/"/g, '""')}"`,
  ]);
}

/** Without the signal of the step: a cancelled step removes its builder, too. One that was never made is no matter. */
async function remove({ name, env }: Builder): Promise<void> {
  const { exitCode, tail } = await runUnchecked('docker', ['buildx', 'rm', '--force', name], {
    env,
    silent: true,
  });
  if (exitCode !== 0 && !tail.some((line) => line.includes('no builder'))) {
    warning(`The builder ${name} could not be removed:\n${tail.join('\n')}`);
  }
}

/**
 * Builds the default group of the definition.
 * @param folder for the definition and the metadata
 * @param readable paths that bake may read
 * @returns path of the metadata file: what was built, by target
 * @throws BakeError
 */
export async function bake(
  builder: Builder,
  definition: BakeFile,
  folder: string,
  readable: readonly string[],
): Promise<string> {
  const file = path.join(folder, 'bake.json');
  const metadataFile = path.join(folder, 'metadata.json');
  await writeFile(file, JSON.stringify(definition, null, 2));
  const lines: string[] = [];
  const args = [
    '--builder',
    builder.name,
    '--file',
    file,
    '--metadata-file',
    metadataFile,
    '--progress=plain',
  ];
  try {
    await run('docker', ['buildx', 'bake', ...args, ...readable.map((one) => `--allow=fs.read=${one}`)], {
      env: builder.env,
      signal: builder.signal,
      onStderrLine: (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
      },
    });
  } catch (error) {
    builder.signal.throwIfAborted();
    throw new BakeError(lines, error);
  }
  return metadataFile;
}
