import { stringify } from 'yaml';
import { azureFromConnection } from '../common/connections/azure';
import { UserError } from '../common/errors';
import type { KubernetesObject } from '../common/kubernetes/object';
import { mountStores } from './secretStores';
import type { VaultSettings } from './inputs';
import type { ManifestObject } from './render/manifest';
import { NAME_ANNOTATION } from './names';
import { hashOf } from './release';
import { typeOf } from './vault/content';
import type { SecretSource, VaultSecret } from './vault/mapping';

/** Where the driver's provider finds the vault; from the service connection. */
export interface VaultPlace {
  tenant?: string;
  /** As the service connection names the cloud: AzureCloud … */
  environment: string;
}

/** https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/ (`cloudName`) */
const CLOUD_NAMES: Readonly<Record<string, string>> = {
  AzureCloud: 'AzurePublicCloud',
  AzureUSGovernment: 'AzureUSGovernmentCloud',
  AzureChinaCloud: 'AzureChinaCloud',
};

/**
 * The manifests of a release whose secrets the Secrets Store CSI driver brings: with a SecretProviderClass for each Secret of
 * the mapping, and with its volume in every container that uses the Secret. Nothing is read from the vault.
 * @throws UserError for what the driver cannot do
 */
export async function withSecretProviderClasses(
  manifests: readonly ManifestObject[],
  vault: VaultSettings,
): Promise<ManifestObject[]> {
  const { tenant, environment } = await azureFromConnection(vault.azureConnection);
  return csiObjects(manifests, vault, { tenant, environment });
}

/** As `withSecretProviderClasses`, for a place that is known. */
export function csiObjects(
  manifests: readonly ManifestObject[],
  vault: VaultSettings,
  place: VaultPlace,
): ManifestObject[] {
  const classes = Object.entries(vault.secrets).map(([secret, source]) => ({
    secret,
    object: secretProviderClass(secret, source, vault, place),
  }));
  const names = new Map(classes.map(({ secret, object }) => [secret, object.metadata.name]));
  return [
    ...classes.map(({ secret, object }) => ({ object, source: `input 'secrets', ${secret}` })),
    ...manifests.map(({ object, source }) => ({ source, object: mountStores(object, names, source) })),
  ];
}

/**
 * The class that makes the driver mount the objects of one Secret and keep a Kubernetes Secret of the same name. The name
 * has a hash of the content: a changed mapping is another class and another Secret, and rolls what uses it.
 * https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
 */
export function secretProviderClass(
  secret: string,
  source: SecretSource,
  { keyVault, csiIdentity }: Pick<VaultSettings, 'keyVault' | 'csiIdentity'>,
  { tenant, environment }: VaultPlace,
): KubernetesObject {
  const wrong = (what: string): UserError =>
    new UserError(`input 'secrets', ${secret}: with secretMode csi, ${what}; nothing was applied.`);
  const cloudName = CLOUD_NAMES[environment];
  if (cloudName === undefined)
    throw wrong(`the cloud '${environment}' of the service connection is not supported`);
  if (source.kind === 'prefix') throw wrong('every secret must be named, a prefix is not enough');
  const objects = source.kind === 'certificate' ? { [TLS]: source.certificate } : source.keys;
  const vaults = new Set(Object.values(objects).map(({ vault }) => vaultName(vault ?? keyVault ?? '')));
  const [keyvaultName = ''] = vaults;
  if (vaults.size > 1)
    throw wrong(`one Secret takes from one vault, and this one takes from ${[...vaults].join(' and ')}`);
  const data =
    source.kind === 'certificate'
      ? ['tls.crt', 'tls.key'].map((key) => ({ key, objectName: TLS }))
      : Object.keys(source.keys).map((key) => ({ key, objectName: key }));
  const spec = {
    provider: 'azure',
    parameters: {
      keyvaultName,
      cloudName,
      tenantId: tenant ?? '',
      ...identityOf(csiIdentity),
      objects: stringify({
        array: Object.entries(objects).map(([alias, object]) => vaultObject(alias, object)),
      }),
    },
  };
  const type = typeOf(data.map(({ key }) => key));
  const name = `${secret}-${hashOf({ spec, data, type })}`;
  return {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name, annotations: { [NAME_ANNOTATION]: secret } },
    spec: { ...spec, secretObjects: [{ secretName: name, type, data }] },
  };
}

/** The file of a certificate: the provider knows its parts by the Secret's type. */
const TLS = 'tls';

function identityOf(identity: string | undefined): Record<string, string> {
  const [, ofNodes] = /^vm:(.*)$/i.exec(identity ?? 'vm:') ?? [];
  return ofNodes === undefined
    ? { usePodIdentity: 'false', clientID: identity ?? '' }
    : { usePodIdentity: 'false', useVMManagedIdentity: 'true', userAssignedIdentityID: ofNodes };
}

/** Its file has the name of the key, which is the only one in the Secret. */
function vaultObject(objectAlias: string, { name, version, encoding }: VaultSecret): string {
  return stringify({
    objectName: name,
    objectAlias,
    // A certificate comes with its key only as the secret that it is.
    objectType: 'secret',
    ...(version !== undefined && { objectVersion: version }),
    ...(encoding !== undefined && { objectEncoding: encoding }),
  });
}

/** `contoso` of `contoso` and `https://contoso.vault.azure.net`. */
function vaultName(vault: string): string {
  return vault.replace(/^https:\/\//, '').split('.')[0] ?? '';
}
