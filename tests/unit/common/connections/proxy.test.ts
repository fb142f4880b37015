import assert from 'node:assert/strict';
import { createHttpHeaders, createPipelineRequest, type PipelineRequest } from '@azure/core-rest-pipeline';
import { agentProxy, proxyFor } from '../../../../tasks/common/connections/proxy';
import { printedBy } from '../../support/agent';

const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const VARIABLES = ['AGENT_PROXYURL', 'AGENT_PROXYUSERNAME', 'AGENT_PROXYPASSWORD', 'AGENT_PROXYBYPASSLIST'];
const VAULT = 'https://contoso.vault.azure.net/secrets/a';

describe('proxyFor', () => {
  let saved: NodeJS.ProcessEnv;
  beforeEach(() => {
    saved = { ...process.env };
    for (const name of [...NAMES, ...NAMES.map((one) => one.toLowerCase()), ...VARIABLES])
      delete process.env[name]; // eslint-disable-line @typescript-eslint/no-dynamic-delete -- a name that is not there is no empty one
  });
  afterEach(() => {
    process.env = saved;
  });

  const found = async (address: string): Promise<string | undefined> => {
    let proxy: string | undefined;
    await printedBy(() => {
      proxy = proxyFor(address);
    });
    return proxy;
  };

  it('is none when nobody says so', async () => {
    assert.equal(await found(VAULT), undefined);
    assert.equal(await found('no address'), undefined);
  });

  it("is the agent's, with its login in a form that an address can carry", async () => {
    Object.assign(process.env, {
      AGENT_PROXYURL: 'http://proxy.contoso:3128',
      AGENT_PROXYUSERNAME: 'CORP\\agent',
      AGENT_PROXYPASSWORD: 'p@ss:word/1',
      HTTPS_PROXY: 'http://other:1',
    });
    assert.equal(await found(VAULT), 'http://CORP%5Cagent:p%40ss%3Aword%2F1@proxy.contoso:3128/');
  });

  it('is none for what the agent excepts, even when the environment has one', async () => {
    Object.assign(process.env, {
      AGENT_PROXYURL: 'http://proxy.contoso:3128',
      AGENT_PROXYBYPASSLIST: JSON.stringify(['\\.vault\\.azure\\.net']),
      HTTPS_PROXY: 'http://other:1',
    });
    assert.equal(await found(VAULT), undefined);
    assert.equal(await found('https://management.azure.com'), 'http://proxy.contoso:3128/');
  });

  it("is the environment's when the agent has none, but not for NO_PROXY", async () => {
    Object.assign(process.env, { HTTPS_PROXY: 'http://other:1', NO_PROXY: '.azmk8s.io,10.0.0.1' });
    assert.equal(await found(VAULT), 'http://other:1');
    assert.equal(await found('https://a.hcp.westeurope.azmk8s.io:443'), undefined);
    assert.equal(await found('https://10.0.0.1:6443'), undefined);
  });

  it('is never one for this machine and for the metadata service', async () => {
    process.env.AGENT_PROXYURL = 'http://proxy.contoso:3128';
    process.env.HTTP_PROXY = 'http://other:1';
    for (const host of ['localhost', '127.0.0.1:6443', '[::1]:6443', '169.254.169.254'])
      assert.equal(await found(`http://${host}/x`), undefined, host);
  });

  it('takes the place of what the SDK found out by itself', async () => {
    process.env.HTTPS_PROXY = 'http://other:1';
    process.env.NO_PROXY = '.vault.azure.net';
    const { policy } = agentProxy();
    const sent: PipelineRequest[] = [];
    const send = async (url: string): Promise<void> => {
      const request = createPipelineRequest({ url, headers: createHttpHeaders() });
      request.agent = {} as never;
      await policy.sendRequest(request, (one) => {
        sent.push(one);
        return Promise.resolve({ request: one, status: 200, headers: createHttpHeaders() });
      });
    };
    await send(VAULT);
    await send('https://management.azure.com/a');
    await send('https://management.azure.com/b');
    const [vault, first, second] = sent.map(({ agent }) => agent as unknown as { proxy: URL } | undefined);
    assert.equal(vault, undefined);
    assert.equal(first?.proxy.href, 'http://other:1/');
    assert.equal(first, second, 'connections are kept');
  });
});
