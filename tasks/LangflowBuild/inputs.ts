import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { inputs, workingDirectory } from '../common/agent/inputs';
import { maskSecret } from '../common/agent/secrets';
import { registryFromConnection, type Registry } from '../common/connections/registry';
import { InputError } from '../common/errors';
import type { BakeOptions, SecretSource } from './bakeFile';
import type { BuilderSettings } from './builder';
import { cacheBranches } from './cache';
import type { Component } from './components';
import { tagsFrom } from './tags';
import { BAKE_FILE } from './userBakeFile';

/** What the step is to do: build images, or join what other agents built. */
export type TaskInputs = BuildInputs | JoinInputs;

export interface JoinInputs extends ReleaseInputs {
  action: 'join';
  /** Patterns of the release manifests to join. */
  parts: string[];
}

export interface ReleaseInputs {
  releaseName: string;
  /** Absolute path of release.json. */
  releaseManifest: string;
}

export interface BuildInputs extends ReleaseInputs {
  action: 'build';
  /** The components, or the absolute path of a bake file, which only buildx can read. */
  components: Component[] | { bakeFile: string };
  /** Names of the images to build; empty: all. */
  select: string[];
  /** The one to push to first. */
  registries: Registry[];
  builder: BuilderSettings;
  /** Environment of buildx: the values of build secrets. */
  environment: Record<string, string>;
  /** Without what only the sources' history and the step's own folders tell. */
  bake: Omit<BakeOptions, 'origins' | 'source' | 'testDirectory'>;
  /** Default branch, whose images are what sizes are compared with. */
  defaultBranch: string;
}

/** What a registry accepts (distribution/reference, regexp.go). */
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/;

/**
 * Reads and checks all inputs, the components file and the folders that it names included.
 * @throws UserError for the first that cannot be used
 */
export async function readInputs(): Promise<TaskInputs> {
  const release: ReleaseInputs = {
    releaseName: inputs.required('releaseName', 'a name for people, such as $(Build.BuildNumber)'),
    releaseManifest: inputs.path('releaseManifest', 'the path of the file to write, release.json'),
  };
  if (inputs.pick('action', ['build', 'join']) === 'join') {
    const parts = inputs.lines('releaseManifests');
    if (parts.length === 0)
      throw new InputError('releaseManifests', '', 'paths or patterns of release manifests, one a line');
    return { action: 'join', ...release, parts };
  }
  const registries = [
    inputs.required('containerRegistry', 'the name of a Docker registry service connection'),
    ...inputs.list('additionalRegistries'),
  ].map(registryFromConnection);
  const components = await componentsInput();
  const defaultBranch = inputs.required('defaultBranch', 'the name of a branch, such as main');
  const { secrets, environment } = buildSecrets();
  if (Array.isArray(components)) requireSecrets(components, secrets);
  return {
    action: 'build',
    ...release,
    components,
    select: inputs.list('select'),
    registries,
    builder: builderSettings(),
    environment,
    defaultBranch,
    bake: {
      repositories: repositories(registries[0]?.host ?? ''),
      tags: tagsFrom(tagTemplates(), {
        commit: tl.getVariable('Build.SourceVersion') ?? '',
        ref: tl.getVariable('Build.SourceBranch') ?? '',
        defaultBranch,
      }),
      output: outputInput(),
      layoutDirectory: inputs.path('layoutDirectory', 'the path of a folder'),
      cache: {
        kind: inputs.pick('cache', ['registry', 'inline', 'local', 'none']),
        directory: inputs.path('cacheDirectory', 'the path of a folder'),
        ...cacheBranches({
          ref: tl.getVariable('Build.SourceBranch') ?? '',
          pullRequestTarget: tl.getVariable('System.PullRequest.TargetBranch'),
          defaultBranch,
          write: inputs.pick('cacheWrite', ['auto', 'always', 'never']),
        }),
      },
      compression: inputs.pick('compression', ['zstd', 'gzip']),
      provenance: inputs.pick('provenance', ['max', 'min', 'none']),
      sbom: sbomInput(),
      platforms: platformsInput(),
      reproducible: inputs.boolean('reproducible'),
      caBundle: caBundle(),
      secrets,
    },
  };
}

async function componentsInput(): Promise<BuildInputs['components']> {
  const text = inputs.required('components', 'YAML, or the path of a YAML file or a bake file');
  if (!BAKE_FILE.test(text)) {
    const { readComponents } = await import('./componentsFile');
    return readComponents(text);
  }
  const bakeFile = inputs.path('components', 'the path of a bake file');
  if (!existsSync(bakeFile)) throw new InputError('components', text, 'the path of a bake file that exists');
  return { bakeFile };
}

function tagTemplates(): string[] {
  const lines = inputs.lines('tags');
  if (lines.length === 0)
    throw new InputError('tags', '', 'at least one image tag, such as $(Build.BuildId)');
  return lines;
}

function outputInput(): BakeOptions['output'] {
  return inputs.boolean('push') ? 'push' : inputs.pick('withoutPush', ['none', 'load', 'layout']);
}

function repositories(host: string): string {
  const prefix = inputs.optional('repositoryPrefix');
  if (prefix === undefined) return host;
  if (!REPOSITORY.test(prefix))
    throw new InputError('repositoryPrefix', prefix, 'a repository name in lower case such as team/langflow');
  return `${host}/${prefix}`;
}

function platformsInput(): string[] {
  const platforms = inputs.list('platforms');
  const wrong = platforms.find((platform) => !PLATFORM.test(platform));
  if (wrong !== undefined) {
    throw new InputError('platforms', wrong, 'platforms such as linux/amd64, separated by commas');
  }
  return platforms;
}

/** `true`: BuildKit's own generator; an image: that one. */
function sbomInput(): string | undefined {
  const text = inputs.optional('sbom') ?? 'false';
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? '' : undefined;
  if (!text.includes('/'))
    throw new InputError(
      'sbom',
      text,
      "'true', 'false', or the image of an SBOM generator such as docker/buildkit-syft-scanner",
    );
  return text;
}

function builderSettings(): BuilderSettings {
  const builder = inputs.optional('builder');
  const options = inputs.lines('driverOptions');
  if (inputs.pick('driver', ['auto', 'kubernetes']) === 'kubernetes') {
    const connection = inputs.optional('builderConnection');
    return {
      kind: 'kubernetes',
      name: builder,
      options,
      // The client library is large and hardly anybody needs it here.
      kubeconfig:
        connection === undefined
          ? undefined
          : async () => {
              const { kubeConfigFromConnection } = await import('../common/connections/kubernetes');
              return kubeConfigFromConnection(connection).exportConfig();
            },
    };
  }
  if (builder === undefined) return { kind: 'container', options };
  if (builder.includes('://')) return { kind: 'remote', address: builder, options };
  if (options.length > 0) {
    throw new InputError(
      'driverOptions',
      options.join(', '),
      `nothing, since the builder '${builder}' exists already`,
    );
  }
  return { kind: 'existing', name: builder };
}

/** `id=value` or `id=file:path` a line. A value goes to buildx in its environment, neither in arguments nor in a file. */
function buildSecrets(): Pick<BuildInputs, 'environment'> & { secrets: Record<string, SecretSource> } {
  const environment: Record<string, string> = {};
  const secrets: Record<string, SecretSource> = {};
  for (const [index, line] of inputs.lines('buildSecrets').entries()) {
    const [, id, value] = /^([A-Za-z0-9][\w.-]*)=(.+)$/.exec(line) ?? [];
    const accepted = 'a line id=value or id=file:path for each secret';
    // What is wrong may be the secret itself, so it is not shown.
    if (id === undefined || value === undefined)
      throw new InputError('buildSecrets', `line ${index + 1}`, accepted);
    if (value.startsWith('file:')) {
      const file = path.resolve(workingDirectory(), value.slice('file:'.length));
      if (!existsSync(file))
        throw new InputError('buildSecrets', `${id}=file:…`, accepted, `${file} does not exist.`);
      secrets[id] = { file };
      continue;
    }
    if (/^\$\([^()]+\)$/.test(value)) {
      throw new InputError('buildSecrets', line, accepted, 'There is no such pipeline variable.');
    }
    maskSecret(value);
    const name = `LANGFLOW_BUILD_SECRET_${index}`;
    environment[name] = value;
    secrets[id] = { env: name };
  }
  return { environment, secrets };
}

function requireSecrets(components: readonly Component[], given: Record<string, SecretSource>): void {
  for (const { name, secrets } of components) {
    const missing = secrets.find((id) => !(id in given));
    if (missing !== undefined) {
      throw new InputError(
        'buildSecrets',
        Object.keys(given).join(', '),
        `also a line ${missing}=…, for the component '${name}' asks for the secret '${missing}'`,
      );
    }
  }
}

/** The CA file of the agent (`config --sslcacert`) is what makes the builds of a company trust its proxy, too. */
function caBundle(): string | undefined {
  const bundle =
    inputs.optional('caBundle') === undefined
      ? tl.getVariable('Agent.CAInfo')
      : inputs.path('caBundle', 'the path of a PEM file');
  if (!bundle) return undefined;
  if (!existsSync(bundle)) {
    throw new InputError(
      'caBundle',
      bundle,
      'the path of a PEM file that exists',
      "Without the input, it is the CA file of the agent's own configuration.",
    );
  }
  return bundle;
}
