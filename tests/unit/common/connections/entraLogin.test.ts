import assert from 'node:assert/strict';
import type { TokenCredential } from '@azure/identity';
import type { KubeConfig } from '@kubernetes/client-node';
import { logInWithEntra } from '../../../../tasks/common/connections/entraLogin';
import { parseKubeConfig } from '../../../../tasks/common/connections/kubeconfig';
import { printedBy } from '../../support/agent';

const kubeconfig = (args: string[]): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://c:6443' } }],
    users: [{ name: 'u', user: { exec: { command: 'kubelogin', args } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

describe('logInWithEntra', () => {
  let now: number;
  /** One for each credential that was made: the scopes that it was asked for. */
  let asked: string[][];
  beforeEach(() => {
    now = 0;
    asked = [];
  });

  const newCredential = (): Promise<TokenCredential> => {
    const scopes: string[] = [];
    const token = `token-${asked.push(scopes)}`;
    return Promise.resolve({
      getToken: (scope) => {
        scopes.push(String(scope));
        return Promise.resolve({ token, expiresOnTimestamp: 0 });
      },
    });
  };

  async function headers(config: KubeConfig): Promise<unknown> {
    let sent: unknown;
    await printedBy(async () => {
      const options: { headers?: unknown } = {};
      await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
      sent = options.headers;
    });
    return sent;
  }

  async function config(args: string[]) {
    let made: { config: KubeConfig; renew: () => void } | undefined;
    await printedBy(() => {
      const parsed = parseKubeConfig(kubeconfig(args), 'x');
      const clock = { now: () => now, sleep: () => Promise.resolve() };
      made = { config: parsed, ...logInWithEntra(parsed, 'azure', { clock, newCredential }) };
    });
    assert.ok(made);
    return made;
  }

  it("asks for a token of the kubeconfig's server application", async () => {
    const { config: one } = await config(['get-token', '--server-id', 'of-the-server']);
    assert.deepEqual(await headers(one), { Authorization: 'Bearer token-1' });
    assert.deepEqual(asked, [['of-the-server/.default']]);
  });

  it('knows the application of AKS', async () => {
    const { config: one } = await config(['get-token']);
    await headers(one);
    assert.deepEqual(asked, [['6dae42f8-4368-4678-94ff-3960e28e3630/.default']]);
  });

  it('asks one credential as long as its tokens are taken, and makes one anew after a refusal', async () => {
    const { config: one, renew } = await config([]);
    await headers(one);
    await headers(one);
    assert.equal(asked.length, 1);
    renew();
    await headers(one);
    assert.equal(asked.length, 1, 'the credential has just been made');
    now += 60_000;
    renew();
    renew();
    assert.deepEqual(await headers(one), { Authorization: 'Bearer token-2' });
    assert.equal(asked.length, 2);
  });
});
