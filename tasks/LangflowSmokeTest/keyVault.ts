import { systemClock } from '../common/clock';
import { KeyVaults } from '../common/connections/keyVault';
import { UserError } from '../common/errors';

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
  const vaults = await KeyVaults.open(azureConnection, keyVault, new Date(systemClock.now()), signal);
  const answers = await Promise.all(
    Object.entries(secrets).map(async ([variable, name]) => {
      const answer = await vaults.get({ name });
      return { variable, id: vaults.idOf({ name }), answer };
    }),
  );
  signal.throwIfAborted();
  const problems = answers.flatMap(({ id, answer }) =>
    'problem' in answer ? [`- ${id}: ${answer.problem}`] : [],
  );
  if (problems.length > 0) {
    throw new UserError(
      `Key Vault did not give ${problems.length} of ${answers.length} secrets; no check was made.\n` +
        `${problems.join('\n')}\nCorrect them in the vault or in the input 'secrets'.`,
    );
  }
  return Object.fromEntries(
    answers.flatMap(({ variable, answer }) => ('value' in answer ? [[variable, answer.value.value]] : [])),
  );
}
