import { maskSecret } from '../common/agent/secrets';
import { azureFromConnection } from '../common/connections/azure';
import { agentProxy } from '../common/connections/proxy';
import { messageOf, UserError } from '../common/errors';

/** Which secrets of a Key Vault become variables of the checks. */
export interface VaultSettings {
  /** Id of the Azure Resource Manager service connection. */
  azureConnection: string;
  /** Name, or https address, of the vault. */
  keyVault: string;
  /** Variable → secret of the vault. */
  secrets: Record<string, string>;
}

/**
 * Fetches the secrets and masks them.
 * @throws UserError that lists every secret that the vault does not give
 */
export async function fetchVariables(
  { azureConnection, keyVault, secrets }: VaultSettings,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { credential, keyVaultDnsSuffix } = await azureFromConnection(azureConnection);
  const address = keyVault.startsWith('https://')
    ? keyVault.replace(/\/+$/, '')
    : `https://${keyVault}.${keyVaultDnsSuffix.replace(/^\./, '')}`;
  // 0.2 s that most runs need not spend.
  const { SecretClient } = await import('@azure/keyvault-secrets');
  const client = new SecretClient(address, credential, { additionalPolicies: [agentProxy()] });
  const problems: string[] = [];
  const variables = await Promise.all(
    Object.entries(secrets).map(async ([variable, name]) => {
      try {
        const { value = '', properties } = await client.getSecret(name, { abortSignal: signal });
        maskSecret(value);
        if (value === '') problems.push(`- ${name}: it has no value`);
        // The vault hands out what is out of date: `exp` is for the reader to obey.
        if (properties.expiresOn && properties.expiresOn <= new Date())
          problems.push(`- ${name}: it has expired`);
        return [variable, value] as const;
      } catch (error) {
        signal.throwIfAborted();
        problems.push(`- ${name}: ${messageOf(error).split('\n')[0] ?? ''}`);
        return [variable, ''] as const;
      }
    }),
  );
  if (problems.length > 0) {
    throw new UserError(
      `Key Vault ${address} did not give ${problems.length} of ${variables.length} secrets; no check was made.\n` +
        `${problems.join('\n')}\nCorrect them in the vault or in the input 'secrets'.`,
    );
  }
  return Object.fromEntries(variables);
}
