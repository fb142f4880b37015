import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { inputs, parseYaml, workingDirectory } from '../common/agent/inputs';
import { InputError } from '../common/errors';
import type { ChartSettings } from './render/helm';
import { checkRolloutSettings, parsePodCount, type RolloutSettings } from './rolloutSettings';

/** The task's inputs, checked. */
export type Settings = DeploySettings | RollbackSettings;

/** What every action needs. */
interface Target {
  /** Id of the Kubernetes service connection. */
  kubernetesConnection: string;
  namespace: string;
  /** How long the release may take to become healthy. */
  timeoutMs: number;
  /** How long the way back may take. */
  rollbackTimeoutMs: number;
  /** How long to wait for another deployment to the namespace. */
  lockTimeoutMs: number;
}

export interface DeploySettings extends Target {
  action: 'deploy';
  /** Absolute path of release.json. */
  releaseManifest: string;
  /** Globs of the Kubernetes manifests, and folders of overlays. */
  manifests: string[];
  /** Undefined when there is none. */
  chart?: ChartSettings;
  /** Refuse an image that has no digest; otherwise it is reported. */
  strictImages: boolean;
  /** Take over fields that another manager owns. */
  forceConflicts: boolean;
  /** Show what would change, and change nothing. */
  planOnly: boolean;
  rollout: RolloutSettings;
  /** What to fetch from which vault; undefined when the release takes no secrets from one. */
  vault?: VaultSettings;
  /** Refuse a release that was not scanned, as well as one that did not pass. */
  requireScan: boolean;
}

export interface RollbackSettings extends Target {
  action: 'rollback';
  /** The revision to go back to; the one before the current when undefined. */
  revision?: number;
}

export interface VaultSettings {
  azureConnection: string;
  /** Name or https address. */
  keyVault: string;
  secrets: SecretMapping;
}

/** Kubernetes Secret → its keys → secret of the vault. */
export type SecretMapping = Record<string, Record<string, VaultSecret>>;

export interface VaultSecret {
  name: string;
  /** The current one when undefined. */
  version?: string;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** https://helm.sh/docs/chart_template_guide/getting_started/: names made of it must stay below 63. */
const HELM_RELEASE = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;
/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers */
const VAULT_SECRET = /^([0-9a-zA-Z-]{1,127})(?:\/([0-9a-f]{32}))?$/;

export function readInputs(): Settings {
  const action = inputs.pick('action', ['deploy', 'rollback']);
  return action === 'rollback'
    ? { action, ...readTarget(), revision: readRevision() }
    : {
        action,
        ...readTarget(),
        releaseManifest: inputs.path('releaseManifest', 'the path of release.json'),
        ...readSources(),
        strictImages: inputs.boolean('strictImages'),
        forceConflicts: inputs.boolean('forceConflicts'),
        planOnly: inputs.boolean('planOnly'),
        rollout: readRollout(),
        vault: readVault(),
        requireScan: inputs.boolean('requireScan'),
      };
}

function readTarget(): Target {
  const namespace = inputs.required('namespace', 'the name of a namespace');
  if (!DNS_LABEL.test(namespace)) {
    throw new InputError('namespace', namespace, 'lower case letters, digits and dashes, at most 63');
  }
  return {
    kubernetesConnection: inputs.required(
      'kubernetesServiceConnection',
      'the name of a Kubernetes service connection',
    ),
    namespace,
    timeoutMs: inputs.duration('timeout'),
    rollbackTimeoutMs: inputs.duration('rollbackTimeout'),
    lockTimeoutMs: inputs.duration('lockTimeout', 0),
  };
}

function readRevision(): number | undefined {
  if (inputs.optional('revision') === undefined) return undefined;
  return inputs.integer('revision', { min: 1, max: Number.MAX_SAFE_INTEGER });
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

function readVault(): VaultSettings | undefined {
  const secrets = inputs.optional('secrets');
  const keyVault = inputs.optional('keyVault');
  const azureConnection = inputs.optional('azureSubscription');
  if (secrets === undefined && keyVault === undefined) return undefined;
  if (secrets === undefined) {
    throw new InputError(
      'secrets',
      '',
      "the Secrets to make of the vault's secrets",
      "Or leave 'keyVault' out.",
    );
  }
  if (keyVault === undefined) {
    throw new InputError('keyVault', '', 'the name or address of the vault', "Or leave 'secrets' out.");
  }
  if (azureConnection === undefined) {
    throw new InputError('azureSubscription', '', 'the service connection that may read the vault');
  }
  return { azureConnection, keyVault, secrets: parseSecrets(...textOf(secrets)) };
}

/** The YAML and where it stands: an input of one line that names a file is that file. */
function textOf(input: string): [where: string, text: string] {
  const file = path.resolve(workingDirectory(), input);
  const named = !input.includes('\n') && (existsSync(file) || /^[^:{]+\.ya?ml$/.test(input));
  if (!named) return ['secrets', input];
  if (!existsSync(file))
    throw new InputError('secrets', input, 'YAML or the path of a YAML file', 'There is no such file.');
  return [`secrets (${input})`, readFileSync(file, 'utf8')];
}

/**
 * Parses `secret: { KEY: vault-secret[/version] }`.
 * @param where name of the input or file, for the error
 */
export function parseSecrets(where: string, text: string): SecretMapping {
  const parsed = parseYaml(where, text);
  const accepted =
    "Kubernetes Secrets with their keys and the vault's secrets, such as `langflow-secrets: { LANGFLOW_SECRET_KEY: langflow-secret-key }`";
  if (!isRecord(parsed)) throw new InputError(where, text, accepted);
  return mapRecord(parsed, (keys, secret) => {
    if (!DNS_SUBDOMAIN.test(secret))
      throw new InputError(where, secret, "a Secret's name: lower case letters, digits, dashes and dots");
    if (!isRecord(keys)) throw new InputError(where, `${secret}: ${JSON.stringify(keys)}`, accepted);
    return mapRecord(keys, (source, key) => {
      if (!SECRET_KEY.test(key))
        throw new InputError(where, `${secret}: ${key}`, "a Secret's key: letters, digits, '-', '_' and '.'");
      const [, name, version] = VAULT_SECRET.exec(typeof source === 'string' ? source : '') ?? [];
      if (name === undefined) {
        throw new InputError(
          where,
          `${secret}: ${key}: ${JSON.stringify(source)}`,
          "the name of a vault's secret, `name` or `name/version`",
        );
      }
      return { name, version };
    });
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}

function mapRecord<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
