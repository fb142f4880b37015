import { inputs } from '../common/agent/inputs';
import { registryFromConnection, type Registry } from '../common/connections/registry';
import { THRESHOLDS, type Policy } from './policy';

export interface ScanInputs {
  /** Absolute path of release.json. */
  releaseManifest: string;
  /** Where the images are read from; undefined: with what the agent's own Docker configuration has. */
  registry: Registry | undefined;
  policy: Policy;
  /** OCI reference of the vulnerability database; undefined: the vendor's. */
  databaseRepository: string | undefined;
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
    parallelism: inputs.integer('parallelism', { min: 1, max: 32 }),
    reportDirectory: inputs.path('reportDirectory', 'the path of a folder'),
  };
}
