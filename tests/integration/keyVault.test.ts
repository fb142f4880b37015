import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { localEnvironment } from '../environment';
import { freePort } from './support/ports';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const [TENANT, CLIENT] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];

/** The emulator of the local environment, asked by the SDK that the task uses. */
describe('The Key Vault emulator', () => {
  let folder: string;
  let port: number;
  let server: ChildProcessByStdio<null, Readable, null>;
  let output = '';

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'vault-test-'));
    port = await freePort();
    const tls = path.join(localEnvironment().state, 'vault/tls');
    const options = {
      '--port': port,
      '--secrets': folder,
      '--tls': tls,
      '--client': CLIENT,
      '--client-secret': 'right',
    };
    server = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        path.join(PROJECT, 'scripts/local/vault/server.ts'),
        ...Object.entries(options).flat().map(String),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] as const, cwd: PROJECT },
    );
    server.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(server.stdout, 'data');
  });
  after(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function client(clientSecret = 'right'): SecretClient {
    const ca = readFileSync(path.join(localEnvironment().state, 'vault/tls/ca.pem'), 'utf8');
    const credential = new ClientSecretCredential(TENANT, CLIENT, clientSecret, {
      authorityHost: `https://login.localhost:${port}/`,
      disableInstanceDiscovery: true,
      tlsOptions: { ca },
    });
    return new SecretClient(`https://langflow-local.vault.localhost:${port}`, credential, {
      tlsOptions: { ca },
    });
  }

  /** The server's log may come after its answer. */
  async function logged(pattern: RegExp): Promise<void> {
    for (let patience = 50; patience > 0 && !pattern.test(output); patience--)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.match(output, pattern);
  }

  const secret = (name: string, value: string, settings?: object): void => {
    writeFileSync(path.join(folder, name), value);
    if (settings) writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(settings));
  };

  it('challenges, and gives a secret by name and by version', async () => {
    secret('plain', 'a value\nof two lines\n');
    output = '';
    const found = await client().getSecret('plain');
    assert.equal(found.value, 'a value\nof two lines\n');
    await logged(/GET \S+\/secrets\/plain\/? 401\n(GET .*\n)?POST \S+\/token 200\n/);
    const { version } = found.properties;
    assert.equal((await client().getSecret('plain', { version })).value, found.value);
    await assert.rejects(client().getSecret('plain', { version: 'f'.repeat(32) }), { statusCode: 404 });
  });

  it('refuses a wrong client secret', async () => {
    secret('plain', 'x');
    await assert.rejects(client('wrong').getSecret('plain'), /AADSTS7000215: Invalid client secret/);
  });

  it('lists all names in pages', async () => {
    for (let index = 0; index < 30; index++) secret(`many-${index}`, 'x');
    output = '';
    const names: string[] = [];
    for await (const { name } of client().listPropertiesOfSecrets()) names.push(name);
    assert.equal(names.filter((name) => name.startsWith('many-')).length, 30);
    await logged(/(GET \S+\/secrets\/? 200\n(.*\n)*){2}/);
  });

  it('refuses a disabled secret', async () => {
    secret('disabled', 'x', { enabled: false });
    await assert.rejects(client().getSecret('disabled'), { statusCode: 403 });
  });

  it('throttles when it is told to, and the SDK waits and asks again', async () => {
    secret('throttled', 'x', { faults: [429, 503] });
    output = '';
    assert.equal((await client().getSecret('throttled')).value, 'x');
    await logged(/throttled\/? 401\n(.*\n)*.*throttled\/? 429\n.*throttled\/? 503\n/);
  });
});
