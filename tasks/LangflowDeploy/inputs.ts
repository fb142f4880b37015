import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { inputs, workingDirectory } from '../common/agent/inputs';
import { InputError } from '../common/errors';
import type { ClusterSettings } from '../common/kubernetes/cluster';
import type { ChartSettings } from './render/helm';
import { checkRolloutSettings, parsePodCount, type RolloutSettings } from './rolloutSettings';
import type { SecretMapping } from './vault/mapping';

/** The task's inputs, checked. */
export type Settings = DeploySettings | PromoteSettings | RejectSettings | RollbackSettings;

/** What every action needs. */
interface Target {
  cluster: ClusterSettings;
  namespace: string;
  /** How long the release may take to become healthy. */
  timeoutMs: number;
  /** How long the way back may take. */
  rollbackTimeoutMs: number;
  /** How long to wait for another deployment to the namespace. */
  lockTimeoutMs: number;
}

/** What a release needs, whether it is rendered or recorded. */
export interface ReleaseSettings extends Target {
  /** Absolute path of release.json. */
  releaseManifest: string;
  /** Take over fields that another manager owns. */
  forceConflicts: boolean;
  /** Show what would change, and change nothing. */
  planOnly: boolean;
  /** Percent of the pods that serve the release beside the former one; undefined to roll it out whole. */
  canary?: number;
  /** The Application Insights component that learns of the release, by its resource id. */
  releaseAnnotation?: { azureConnection: string; component: string };
}

export interface DeploySettings extends ReleaseSettings {
  action: 'deploy';
  /** Globs of the Kubernetes manifests, and folders of overlays. */
  manifests: string[];
  /** Undefined when there is none. */
  chart?: ChartSettings;
  /** Refuse an image that has no digest; otherwise it is reported. */
  strictImages: boolean;
  rollout: RolloutSettings;
  /** What to fetch from which vault; undefined when the release takes no secrets from one. */
  vault?: VaultSettings;
  /** Refuse a release that was not scanned, as well as one that did not pass. */
  requireScan: boolean;
}

export interface PromoteSettings extends ReleaseSettings {
  action: 'promote';
}

export interface RejectSettings extends Target {
  action: 'reject';
}

export interface RollbackSettings extends Target {
  action: 'rollback';
  /** The revision to go back to; the one before the current when undefined. */
  revision?: number;
}

export interface VaultSettings {
  azureConnection: string;
  /** Name or https address; undefined when every secret of the mapping says its vault. */
  keyVault?: string;
  secrets: SecretMapping;
  /** `csi`: the Secrets Store CSI driver reads the vault in the cluster, and nobody does here. */
  mode: 'secret' | 'csi';
  /** With `csi`, the client id of the identity that reads; after `vm:` one of the nodes. */
  csiIdentity?: string;
}

/** https://helm.sh/docs/chart_template_guide/getting_started/: names made of it must stay below 63. */
const HELM_RELEASE = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;

/** @throws UserError for the first input that cannot be used */
export async function readInputs(): Promise<Settings> {
  const action = inputs.pick('action', ['deploy', 'promote', 'reject', 'rollback']);
  switch (action) {
    case 'deploy':
      return {
        action,
        ...readRelease(),
        planOnly: inputs.boolean('planOnly'),
        canary: readCanary(),
        ...readSources(),
        strictImages: inputs.boolean('strictImages'),
        rollout: readRollout(),
        vault: await readVault(),
        requireScan: inputs.boolean('requireScan'),
      };
    case 'promote':
      return { action, ...readRelease(), planOnly: false };
    case 'reject':
      return { action, ...readTarget() };
    case 'rollback':
      return { action, ...readTarget(), revision: readRevision() };
  }
}

function readRelease(): Omit<ReleaseSettings, 'planOnly'> {
  return {
    ...readTarget(),
    releaseManifest: inputs.path('releaseManifest', 'the path of release.json'),
    forceConflicts: inputs.boolean('forceConflicts'),
    releaseAnnotation: readAnnotation(),
  };
}

function readTarget(): Target {
  return {
    cluster: readCluster(),
    namespace: inputs.dnsLabel('namespace', 'the name of a namespace'),
    timeoutMs: inputs.duration('timeout'),
    rollbackTimeoutMs: inputs.duration('rollbackTimeout'),
    lockTimeoutMs: inputs.duration('lockTimeout', 0),
  };
}

function readRevision(): number | undefined {
  if (inputs.optional('revision') === undefined) return undefined;
  return inputs.integer('revision', { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** Percent, with or without its sign. */
function readCanary(): number | undefined {
  const text = inputs.optional('canary');
  if (text === undefined) return undefined;
  const share = /^(\d{1,3})\s*%?$/.exec(text)?.[1];
  if (share === undefined || Number(share) < 1 || Number(share) > 100)
    throw new InputError('canary', text, 'a share of the pods from 1 to 100, in percent, such as 25');
  return Number(share);
}

/** Just one of an AKS cluster, a Kubernetes service connection and a kubeconfig says where the cluster is. */
function readCluster(): ClusterSettings {
  const azureConnection = inputs.optional('azureSubscription');
  const resourceGroup = inputs.optional('azureResourceGroup');
  const cluster = inputs.optional('kubernetesCluster');
  const subscription = inputs.optional('azureSubscriptionId');
  const admin = inputs.boolean('useClusterAdmin');
  const connection = inputs.optional('kubernetesServiceConnection');
  const kubeconfig = inputs.optional('kubeconfig');
  const given = Object.entries({
    kubernetesCluster: cluster,
    kubernetesServiceConnection: connection,
    kubeconfig,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length !== 1) {
    throw new InputError(
      'kubernetesCluster',
      given.join(', '),
      "one of 'kubernetesCluster' (with 'azureSubscription' and 'azureResourceGroup'), 'kubernetesServiceConnection' and 'kubeconfig'",
      given.length > 1 ? 'Leave the others out.' : undefined,
    );
  }
  if (connection !== undefined) return { kind: 'kubernetes', connection, azureConnection };
  if (kubeconfig !== undefined) {
    return { kind: 'kubeconfig', file: path.resolve(workingDirectory(), kubeconfig), azureConnection };
  }
  if (azureConnection === undefined)
    throw new InputError('azureSubscription', '', 'the service connection that may use the cluster');
  if (resourceGroup === undefined)
    throw new InputError('azureResourceGroup', '', 'the name of the resource group of the cluster');
  return { kind: 'aks', azureConnection, resourceGroup, cluster: cluster ?? '', subscription, admin };
}

/** What is applied: manifests, a chart, or both. */
function readSources(): Pick<DeploySettings, 'manifests' | 'chart'> {
  const manifests = inputs.lines('manifests');
  const chart = inputs.optional('chart');
  const valuesFiles = inputs.lines('chartValues').map((file) => path.resolve(workingDirectory(), file));
  const releaseName = inputs.optional('releaseName') ?? 'langflow';
  if (chart === undefined) {
    if (manifests.length === 0)
      throw new InputError(
        'manifests',
        '',
        'globs of Kubernetes manifests or folders of overlays, one a line',
      );
    return { manifests };
  }
  if (!HELM_RELEASE.test(releaseName))
    throw new InputError('releaseName', releaseName, 'lower case letters, digits and dashes, at most 53');
  const folder = path.resolve(workingDirectory(), chart);
  if (!existsSync(folder))
    throw new InputError('chart', chart, "the path of a chart's folder or archive (.tgz)");
  const missing = valuesFiles.find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new InputError('chartValues', missing, 'paths of values files, one a line');
  return { manifests, chart: { chart: folder, valuesFiles, releaseName } };
}

function readRollout(): RolloutSettings {
  const settings = {
    maxSurge: parsePodCount('maxSurge', inputs.optional('maxSurge')),
    maxUnavailable: parsePodCount('maxUnavailable', inputs.optional('maxUnavailable')),
  };
  checkRolloutSettings(settings);
  return settings;
}

async function readVault(): Promise<VaultSettings | undefined> {
  const secrets = inputs.optional('secrets');
  const keyVault = inputs.optional('keyVault');
  const azureConnection = inputs.optional('azureSubscription');
  const mode = inputs.pick('secretMode', ['secret', 'csi']);
  const csiIdentity = inputs.optional('csiIdentity');
  if (secrets === undefined && keyVault === undefined) return undefined;
  if (secrets === undefined) {
    throw new InputError(
      'secrets',
      '',
      "the Secrets to make of the vault's secrets",
      "Or leave 'keyVault' out.",
    );
  }
  const { parseMapping, vaultsOf } = await import('./vault/mapping');
  const mapping = parseMapping(...textOf(secrets));
  if (keyVault === undefined && vaultsOf(mapping).has(undefined)) {
    throw new InputError(
      'keyVault',
      '',
      'the name or address of the vault',
      "Or give each secret by its identifier, or leave 'secrets' out.",
    );
  }
  if (azureConnection === undefined) {
    throw new InputError('azureSubscription', '', 'the service connection that may read the vault');
  }
  if (csiIdentity !== undefined && !/^(vm:)?[0-9a-f-]{36}$/i.test(csiIdentity)) {
    throw new InputError(
      'csiIdentity',
      csiIdentity,
      'the client id of a managed identity, a GUID, or `vm:` before it',
    );
  }
  return { azureConnection, keyVault, secrets: mapping, mode, csiIdentity };
}

/** https://learn.microsoft.com/azure/azure-monitor/app/release-and-work-item-insights */
function readAnnotation(): DeploySettings['releaseAnnotation'] {
  const component = inputs.optional('applicationInsights');
  if (component === undefined) return undefined;
  if (
    !/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/microsoft\.insights\/components\/[^/]+$/i.test(
      component,
    )
  ) {
    throw new InputError(
      'applicationInsights',
      component,
      'a resource id such as /subscriptions/…/resourceGroups/…/providers/microsoft.insights/components/langflow',
    );
  }
  const azureConnection = inputs.optional('azureSubscription');
  if (azureConnection === undefined)
    throw new InputError('azureSubscription', '', 'the service connection that may write annotations');
  return { azureConnection, component };
}

/** The YAML and where it stands: an input of one line that names a file is that file. */
function textOf(input: string): [where: string, text: string] {
  const file = path.resolve(workingDirectory(), input);
  const named = !input.includes('\n') && (existsSync(file) || /^(?:[a-z]:[\\/])?[^:{]+\.ya?ml$/i.test(input));
  if (!named) return ['secrets', input];
  if (!existsSync(file))
    throw new InputError('secrets', input, 'YAML or the path of a YAML file', 'There is no such file.');
  return [`secrets (${input})`, readFileSync(file, 'utf8')];
}
