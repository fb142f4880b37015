import assert from 'node:assert/strict';
import { CLUSTERS } from './support/azure';
import { AzureSuite } from './support/azureSuite';
import { ForwardProxy } from './support/forwardProxy';

describe("LangflowDeploy behind the agent's proxy", function () {
  this.timeout(120_000);
  const suite = new AzureSuite();
  let proxy: ForwardProxy;
  beforeEach(async () => {
    proxy = new ForwardProxy('agent', 'pass@word');
    await proxy.start();
    suite.azure.secret('password', 'from behind the proxy');
  });
  afterEach(() => {
    proxy.stop();
  });

  const inputs = {
    kubernetesCluster: CLUSTERS.entra,
    keyVault: 'langflow-local',
    secrets: 'passwords: { PASSWORD: password }',
  };

  it('asks Entra ID, Resource Manager, the vault and the API server through it', async () => {
    const step = await suite.deploy(inputs, undefined, {
      variables: { 'Agent.ProxyUrl': proxy.address, 'Agent.ProxyUsername': 'agent' },
      secrets: { 'Agent.ProxyPassword': 'pass@word' },
    });
    suite.assertDeployed(step);
    const hosts = new Set(proxy.hosts);
    const port = (address: string): string => new URL(address).port;
    assert.deepEqual(
      [...hosts].sort(),
      [
        `langflow-local.vault.localhost:${port(suite.azure.vaultAddress)}`,
        `login.localhost:${port(suite.azure.address)}`,
        `login.localhost:${suite.azure.gate.port}`,
      ].sort(),
    );
    assert.doesNotMatch(step.log, /pass@word|pass%40word/);
  });

  it('asks past it what the agent excepts, and what NO_PROXY names', async () => {
    const bypass = await suite.deploy(inputs, undefined, {
      variables: {
        'Agent.ProxyUrl': proxy.address,
        'Agent.ProxyUsername': 'agent',
        'Agent.ProxyBypassList': JSON.stringify(['vault\\.localhost', 'login\\.localhost:\\d+/']),
      },
      secrets: { 'Agent.ProxyPassword': 'pass@word' },
    });
    suite.assertDeployed(bypass);
    assert.deepEqual([...new Set(proxy.hosts)], [`login.localhost:${suite.azure.gate.port}`]);

    proxy.hosts.length = 0;
    const address = proxy.address.replace('//', '//agent:pass%40word@');
    const byEnvironment = await suite.deploy(inputs, undefined, {
      variables: { HTTPS_PROXY: address, NO_PROXY: '.vault.localhost' },
    });
    suite.assertDeployed(byEnvironment);
    assert.ok(proxy.hosts.length > 0);
    assert.equal(
      proxy.hosts.some((host) => host.includes('vault')),
      false,
    );
  });
});
