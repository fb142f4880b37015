import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { inputs, workingDirectory } from '../common/agent/inputs';
import { registryFromConnection, type Registry } from '../common/connections/registry';
import { InputError } from '../common/errors';
import { THRESHOLDS, type Policy } from './policy';

export interface ScanInputs {
  /** Absolute path of release.json. */
  releaseManifest: string;
  /** Where the images are read from; undefined: with what the agent's own Docker configuration has. */
  registry: Registry | undefined;
  policy: Policy;
  /** OCI reference of the vulnerability database; undefined: the vendor's. */
  databaseRepository: string | undefined;
  /** Absolute path of Trivy's ignore file, which excepts findings by id and path, with a reason and an expiry. */
  ignoreFile: string | undefined;
  /** How many images are scanned at once. */
  parallelism: number;
  /** Absolute path of the folder for the reports. */
  reportDirectory: string;
}

/** @throws InputError for the first input that cannot be used */
export function readInputs(): ScanInputs {
  const connection = inputs.optional('containerRegistry');
  return {
    releaseManifest: inputs.path('releaseManifest', 'the path of a release manifest, release.json'),
    registry: connection === undefined ? undefined : registryFromConnection(connection),
    policy: {
      severity: inputs.pick('severity', THRESHOLDS),
      ignoreUnfixed: inputs.boolean('ignoreUnfixed'),
    },
    databaseRepository: inputs.optional('databaseRepository'),
    ignoreFile: readIgnoreFile(),
    parallelism: inputs.integer('parallelism', { min: 1, max: 32 }),
    reportDirectory: inputs.path('reportDirectory', 'the path of a folder'),
  };
}

function readIgnoreFile(): string | undefined {
  const name = inputs.optional('ignoreFile');
  if (name === undefined) return undefined;
  const file = path.resolve(workingDirectory(), name);
  // Trivy takes a file that is not there for an empty one.
  if (!existsSync(file))
    throw new InputError('ignoreFile', name, "the path of Trivy's ignore file", 'There is no such file.');
  return file;
}
