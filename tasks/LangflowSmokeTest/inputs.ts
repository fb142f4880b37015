import { inputs } from '../common/agent/inputs';
import { InputError } from '../common/errors';
import type { ClusterSettings } from '../common/kubernetes/cluster';
import type { VaultSettings } from './keyVault';
import type { SuiteInputs } from './suite';
import { parseTarget } from './target';

export interface SmokeTestInputs {
  /** Absolute path of release.json. */
  releaseManifest: string;
  cluster: ClusterSettings;
  namespace: string;
  /** Undefined: the built-in checks are not made. */
  suite: SuiteInputs | undefined;
  /** Absolute path of the file with the checks; undefined: there is none. */
  checks: string | undefined;
  /** By name. */
  variables: Record<string, string>;
  /** Undefined: no variable comes from a Key Vault. */
  vault: VaultSettings | undefined;
  /** Names of checks. */
  softChecks: string[];
  skipChecks: string[];
  timeoutMs: number;
  maxRequests: number;
  /** Undefined: a release that fails stays. */
  rollback: { timeoutMs: number } | undefined;
  /** Absolute path of the folder for the reports. */
  reportDirectory: string;
}

const MOST_REQUESTS = 1_000_000;

/** @throws InputError for the first input that cannot be used */
export async function readInputs(): Promise<SmokeTestInputs> {
  const suite = inputs.pick('suite', ['langflow', 'none']) === 'langflow' ? readSuite() : undefined;
  const hasFile = inputs.optional('checks') !== undefined;
  if (suite === undefined && !hasFile) {
    throw new InputError(
      'checks',
      '',
      'the path of a YAML file with checks',
      'Only with suite: langflow it may be left out.',
    );
  }
  return {
    releaseManifest: inputs.path('releaseManifest', 'the path of a release manifest, release.json'),
    cluster: readCluster(),
    namespace: inputs.dnsLabel('namespace', 'the name of a namespace'),
    suite,
    checks: hasFile ? inputs.path('checks', 'the path of a YAML file with checks') : undefined,
    variables: await variablesOf('variables', inputs.optional('variables')),
    vault: await readVault(),
    softChecks: inputs.lines('softChecks'),
    skipChecks: inputs.lines('skipChecks'),
    timeoutMs: inputs.duration('timeout'),
    maxRequests: inputs.integer('maxRequests', { min: 1, max: MOST_REQUESTS }),
    rollback:
      inputs.pick('onFailure', ['none', 'rollback']) === 'rollback'
        ? { timeoutMs: inputs.duration('rollbackTimeout') }
        : undefined,
    reportDirectory: inputs.path('reportDirectory', 'the path of a folder'),
  };
}

/** Either an AKS cluster or a Kubernetes service connection says where the cluster is. */
function readCluster(): ClusterSettings {
  const azureConnection = inputs.optional('azureSubscription');
  const connection = inputs.optional('kubernetesServiceConnection');
  const cluster = inputs.optional('kubernetesCluster');
  if ((connection === undefined) === (cluster === undefined)) {
    throw new InputError(
      'kubernetesServiceConnection',
      [connection, cluster].filter(Boolean).join(', '),
      "the name of a Kubernetes service connection, or in its place 'kubernetesCluster' with 'azureSubscription' and 'azureResourceGroup'",
    );
  }
  if (connection !== undefined) return { kind: 'kubernetes', connection, azureConnection };
  return {
    kind: 'aks',
    azureConnection: inputs.required('azureSubscription', 'the service connection that may use the cluster'),
    resourceGroup: inputs.required('azureResourceGroup', 'the name of the resource group of the cluster'),
    cluster: cluster ?? '',
    subscription: undefined,
    admin: false,
  };
}

function readSuite(): SuiteInputs {
  const frontend = inputs.optional('frontend');
  if (frontend !== undefined) checkTarget('frontend', frontend);
  const backend = inputs.required('backend', 'a target such as service/backend:7860');
  checkTarget('backend', backend);
  const worker = inputs.optional('worker');
  if (worker !== undefined && !/^(deployment|statefulset|daemonset)\/[-.a-z0-9]+$/.test(worker)) {
    throw new InputError('worker', worker, 'deployment/<name>, statefulset/<name> or daemonset/<name>');
  }
  const address = inputs.optional('publicAddress');
  if (address !== undefined && !(URL.canParse(address) && address.startsWith('https://'))) {
    throw new InputError('publicAddress', address, 'an https address such as https://langflow.example.com');
  }
  // Read for its check; the suite hands the text on.
  if (inputs.optional('stableFor') !== undefined) inputs.duration('stableFor');
  return {
    backend,
    frontend,
    worker,
    publicAddress: address === undefined ? undefined : new URL(address),
    langflowVersion: inputs.optional('langflowVersion'),
    stableFor: inputs.optional('stableFor'),
  };
}

function checkTarget(input: string, text: string): void {
  const target = parseTarget(text);
  if (typeof target === 'string' || (input === 'backend' && target.kind === 'url')) {
    throw new InputError(input, text, 'service/<name>:<port number or name>');
  }
}

async function readVault(): Promise<VaultSettings | undefined> {
  const secrets = await variablesOf('secrets', inputs.optional('secrets'));
  if (Object.keys(secrets).length === 0) return undefined;
  return {
    secrets,
    keyVault: inputs.required('keyVault', "a vault's name or its https address"),
    azureConnection: inputs.required(
      'azureSubscription',
      'the name of an Azure Resource Manager service connection',
    ),
  };
}

async function variablesOf(
  input: 'variables' | 'secrets',
  text: string | undefined,
): Promise<Record<string, string>> {
  if (text === undefined) return {};
  const { parseVariables } = await import('./variables');
  return parseVariables(input, text);
}
