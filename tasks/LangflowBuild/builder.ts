import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { temporaryFolder } from '../common/agent/results';
import { messageOf, UserError } from '../common/errors';
import { run, runUnchecked } from '../common/process';
import { proxyVariables, userBuildxConfig, type Proxy } from './dockerSettings';

/** How `docker buildx` is started: with our private configuration, until the step is cancelled. */
export interface Buildx {
  env: Record<string, string>;
  signal: AbortSignal;
}

/** A buildx builder and the environment in which it is known. */
export interface Builder extends Buildx {
  name: string;
}

/** Which builder to use: one that buildx knows already, or one to make (docs.docker.com/build/builders/drivers). */
export type BuilderSettings =
  | { kind: 'existing'; name: string }
  | { kind: 'container'; options: string[] }
  | { kind: 'remote'; address: string; options: string[] }
  | {
      kind: 'kubernetes';
      /** Its pods stay for the next run under this name; undefined: they live for this step. */
      name: string | undefined;
      options: string[];
      /** Gives the text of a kubeconfig; undefined: the agent's own is used. */
      kubeconfig: (() => Promise<string>) | undefined;
    };

/**
 * Images of Linux are built by BuildKit, which runs on Linux. A daemon elsewhere and the pods of a cluster can be used from
 * any agent; a builder of our own needs an engine for Linux containers, which Windows and macOS may or may not have.
 * @param platform of the agent
 * @throws UserError when this agent certainly cannot build
 */
export async function requireLinuxEngine(
  { kind }: BuilderSettings,
  signal: AbortSignal,
  platform = process.platform,
): Promise<void> {
  if (kind !== 'container' || platform === 'linux') return;
  const engine = await enginePlatform(signal);
  if (engine === 'linux') return;
  throw new UserError(
    `LangflowBuild needs Linux for a builder of its own: this agent runs on ${NAMES[platform] ?? platform} and ` +
      `${engine === undefined ? 'has no Docker engine that answers' : `its Docker engine runs ${engine} containers`}. Run ` +
      "the step on a Linux agent (pool: { vmImage: ubuntu-latest }), or name a BuildKit daemon in the input 'builder', such " +
      "as tcp://buildkit.contoso.internal:1234, or build in a cluster with 'driver: kubernetes'.",
  );
}

const NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'Windows', darwin: 'macOS' };

/** What the containers of the agent's Docker engine are made of, `linux` or `windows`; undefined when none answers. */
async function enginePlatform(signal: AbortSignal): Promise<string | undefined> {
  let platform: string | undefined;
  try {
    await run('docker', ['version', '--format', '{{.Server.Os}}'], {
      signal,
      silent: true,
      onStdoutLine: (line) => {
        platform = line.trim();
      },
    });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
  return platform;
}

/** @throws UserError that says what to install when there is no Docker CLI or no buildx */
export async function requireBuildx({ env, signal }: Buildx): Promise<void> {
  try {
    await run('docker', ['buildx', 'version'], { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(`${messageOf(error)}\n${localized('NoBuildx')}`);
  }
}

/**
 * Runs `use` with a builder. One that is made here is known only in a folder of its own and is removed however `use`
 * ends, also when the step is cancelled.
 */
export async function withBuilder<T>(
  settings: BuilderSettings,
  buildx: Buildx,
  proxy: Proxy | undefined,
  use: (builder: Builder) => Promise<T>,
): Promise<T> {
  if (settings.kind === 'existing') {
    const env = { ...buildx.env, BUILDX_CONFIG: userBuildxConfig() };
    await prepare(['inspect', '--bootstrap', settings.name], { env, signal: buildx.signal }, NAME_REMEDY);
    return use({ ...buildx, name: settings.name, env });
  }
  const folder = await mkdtemp(path.join(temporaryFolder(), 'buildx-'));
  const kept = settings.kind === 'kubernetes' && settings.name !== undefined;
  const name = (settings.kind === 'kubernetes' && settings.name) || `langflow-${randomUUID()}`;
  const env: Record<string, string> = { ...buildx.env, BUILDX_CONFIG: folder };
  const builder = { ...buildx, name, env };
  try {
    if (settings.kind === 'kubernetes' && settings.kubeconfig !== undefined) {
      env.KUBECONFIG = path.join(folder, 'kubeconfig');
      await writeFile(env.KUBECONFIG, await settings.kubeconfig(), { mode: 0o600 });
    }
    await prepare(
      ['create', '--bootstrap', '--name', name, ...driverOf(settings, proxy)],
      builder,
      remedyOf(settings),
    );
    return await use(builder);
  } finally {
    await remove(builder, kept);
    await rm(folder, { recursive: true, force: true });
  }
}

type Made = Exclude<BuilderSettings, { kind: 'existing' }>;

function driverOf(settings: Made, proxy: Proxy | undefined): string[] {
  const options = (all: readonly string[]): string[] => all.flatMap((one) => ['--driver-opt', one]);
  switch (settings.kind) {
    case 'remote':
      return ['--driver', 'remote', ...options(settings.options), settings.address];
    case 'kubernetes':
      return ['--driver', 'kubernetes', ...options([...proxyOptions(proxy), ...settings.options])];
    case 'container':
      return ['--driver', 'docker-container', ...options([...proxyOptions(proxy), ...settings.options])];
  }
}

const NAME_REMEDY =
  "Accepted in the input 'builder' are a name that `docker buildx ls` shows to the agent's user, an address such as " +
  'unix:///run/buildkit/buildkitd.sock, or nothing: then the step makes a builder of its own.';

function remedyOf(settings: Made): string {
  switch (settings.kind) {
    case 'remote':
      return (
        `Check that a BuildKit daemon listens at ${settings.address}; one that asks for TLS needs cacert=, cert= and key= ` +
        "in the input 'driverOptions'."
      );
    case 'kubernetes':
      return (
        "Check the service connection in 'builderConnection' and that its identity may manage Deployments, pods and " +
        "pods/exec in the namespace that 'driverOptions' name (namespace=…)."
      );
    case 'container':
      return (
        "Check that the Docker engine runs, that the agent's user may use it and that it can pull moby/buildkit, or name " +
        "another builder in the input 'builder'."
      );
  }
}

async function prepare(args: readonly string[], { env, signal }: Buildx, remedy: string): Promise<void> {
  try {
    await run('docker', ['buildx', ...args], { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(`${localized('BuilderNotReady', messageOf(error))}\n${remedy}`);
  }
}

/** BuildKit pulls and pushes itself, so it needs the proxy, too. Options are CSV; a list needs quotes. */
function proxyOptions(proxy: Proxy | undefined): string[] {
  return Object.entries(proxyVariables(proxy)).map(
    ([name, value]) => `"env.${name}=${value.replace(/"/g, '""')}"`,
  );
}

/** Without the signal of the step: a cancelled step removes its builder, too. One that was never made is no matter. */
async function remove({ name, env }: Builder, keepDaemon: boolean): Promise<void> {
  const { exitCode, tail } = await runUnchecked(
    'docker',
    ['buildx', 'rm', '--force', ...(keepDaemon ? ['--keep-daemon'] : []), name],
    { env, silent: true },
  );
  if (exitCode !== 0 && !tail.some((line) => line.includes('no builder'))) {
    warning(`${localized('BuilderNotRemoved', name)}\n${tail.join('\n')}`);
  }
}
