import { existsSync } from 'node:fs';
import * as tl from 'azure-pipelines-task-lib/task';
import { inputs } from '../common/agent/inputs';
import { registryFromConnection, type Registry } from '../common/connections/registry';
import { InputError } from '../common/errors';
import type { BakeOptions } from './bakeFile';
import { readComponents, type Component } from './components';

export interface BuildInputs {
  components: Component[];
  registry: Registry;
  bake: BakeOptions;
  /** Undefined: a container of our own. A name: that buildx builder. `unix://…`, `tcp://…`: that BuildKit daemon. */
  builder: string | undefined;
  releaseName: string;
  /** Absolute path of release.json. */
  releaseManifest: string;
}

/** What a registry accepts (distribution/reference, regexp.go). */
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Reads and checks all inputs, the components file and the folders that it names included.
 * @throws UserError for the first that cannot be used
 */
export function readInputs(): BuildInputs {
  const registry = registryFromConnection(
    inputs.required('containerRegistry', 'the name of a Docker registry service connection'),
  );
  const prefix = inputs.optional('repositoryPrefix');
  if (prefix !== undefined && !REPOSITORY.test(prefix)) {
    throw new InputError('repositoryPrefix', prefix, 'a repository name in lower case such as team/langflow');
  }
  const tag = inputs.required('tag', 'an image tag');
  if (!TAG.test(tag)) {
    throw new InputError(
      'tag',
      tag,
      'an image tag: letters, digits, _ . and -, at most 128 of them, not starting with . or -',
    );
  }
  return {
    components: readComponents(inputs.required('components', 'YAML, or the path of a YAML file')),
    registry,
    bake: {
      repositories: prefix === undefined ? registry.host : `${registry.host}/${prefix}`,
      tag,
      push: inputs.boolean('push'),
      cache: inputs.pick('cache', ['registry', 'none']),
      caBundle: caBundle(),
    },
    builder: inputs.optional('builder'),
    releaseName: inputs.required('releaseName', 'a name for people, such as $(Build.BuildNumber)'),
    releaseManifest: inputs.path('releaseManifest', 'the path of the file to write, release.json'),
  };
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
