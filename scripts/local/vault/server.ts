import { parseArgs } from 'node:util';
import { jsonServer } from './answer';
import { EntraId, unauthorized } from './entraId';
import { KeyVault, RESOURCE } from './keyVault';

/**
 * A Key Vault for one machine, and the login to it: the documented REST protocol over TLS, with the secrets in files.
 * Protocol: https://learn.microsoft.com/rest/api/keyvault/secrets and /azure/key-vault/general/authentication-requests-and-responses.
 */
const TENANT = '11111111-1111-1111-1111-111111111111';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    secrets: { type: 'string' },
    tls: { type: 'string' },
    client: { type: 'string' },
    'client-secret': { type: 'string' },
  },
});
const { port, secrets, tls, client, 'client-secret': clientSecret } = values;
if (!port || !secrets || !tls || !client || !clientSecret)
  throw new Error(
    'Usage: server.ts --port PORT --secrets FOLDER --tls FOLDER --client ID --client-secret SECRET',
  );

const entraId = new EntraId(() => `https://login.localhost:${port}`, TENANT, [
  { id: client, secret: clientSecret },
]);
const keyVault = new KeyVault(secrets);
const server = await jsonServer(
  tls,
  (asked) => {
    if (asked.url.hostname.startsWith('login.')) return entraId.answer(asked);
    if (entraId.audienceOf(asked.authorization) !== RESOURCE)
      return unauthorized(entraId.authority, RESOURCE);
    return keyVault.answer(asked.url);
  },
  console.log,
);
server.listen(Number(port), '127.0.0.1', () => {
  console.log('listening');
});
