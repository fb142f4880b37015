import { UserError } from '../../../tasks/common/errors';
import type { Client } from './client';

interface Identity {
  id: string;
  providerDisplayName?: string;
  isActive?: boolean;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Ids of people and groups. https://learn.microsoft.com/rest/api/azure/devops/ims/identities/read-identities
 * @param names as Azure DevOps shows them, mail addresses, or ids already
 * @throws UserError unless each name is exactly one identity's
 */
export async function identityIds(client: Client, names: readonly string[]): Promise<string[]> {
  return Promise.all(
    names.map(async (name) => {
      if (GUID.test(name)) return name.toLowerCase();
      const { value } = await client.send<{ value: Identity[] }>({
        method: 'GET',
        path: '_apis/identities',
        query: { searchFilter: 'General', filterValue: name },
        identityService: true,
      });
      const [identity, another] = value.filter(({ isActive }) => isActive !== false);
      if (!identity) {
        throw new UserError(
          `approval.approvers: Azure DevOps knows no active identity '${name}'. Write a name as it shows it, such as ` +
            "'[contoso]\\Langflow approvers', a mail address, or an id.",
        );
      }
      if (another) {
        throw new UserError(
          `approval.approvers: '${name}' is the name of ${value.length} identities. Write the id of the one you mean: ` +
            value.map(({ id, providerDisplayName }) => `${id} (${providerDisplayName ?? ''})`).join(', ') +
            '.',
        );
      }
      return identity.id.toLowerCase();
    }),
  );
}
