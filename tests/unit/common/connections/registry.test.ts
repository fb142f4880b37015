import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { registryFromConnection, withDockerConfig } from '../../../../tasks/common/connections/registry';
import { printedBy, setConnection } from '../../support/agent';

describe('registry connection', () => {
  it('reads a registry with user name and password', async () => {
    setConnection('others', {
      scheme: 'UsernamePassword',
      parameters: { registry: 'http://localhost:5000/', username: 'ci', password: 'secret' },
      data: { registrytype: 'Others' },
    });
    await printedBy(() => {
      assert.deepEqual(registryFromConnection('others'), {
        host: 'localhost:5000',
        username: 'ci',
        password: 'secret',
      });
    });
  });

  it('reads an Azure Container Registry with a service principal', async () => {
    setConnection('acr', {
      scheme: 'ServicePrincipal',
      parameters: { loginServer: 'contoso.azurecr.io', serviceprincipalid: 'id', serviceprincipalkey: 'key' },
      data: { registrytype: 'ACR' },
    });
    await printedBy(() => {
      assert.equal(registryFromConnection('acr').host, 'contoso.azurecr.io');
    });
  });

  it('names the scheme it cannot use and those it can', () => {
    setConnection('wif', {
      scheme: 'WorkloadIdentityFederation',
      parameters: { loginServer: 'contoso.azurecr.io' },
      data: { registrytype: 'ACR' },
    });
    assert.throws(() => registryFromConnection('wif'), /'WorkloadIdentityFederation'.*Accepted are/);
  });
});

describe('withDockerConfig', () => {
  const before = process.env.AGENT_TEMPDIRECTORY;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'docker-'));
    process.env.AGENT_TEMPDIRECTORY = folder;
  });
  afterEach(() => {
    process.env.AGENT_TEMPDIRECTORY = before;
    rmSync(folder, { recursive: true });
  });

  const registry = { host: 'localhost:5000', username: 'ci', password: 'secret' };

  it('has just these credentials, masked, and is gone afterwards', async () => {
    let used = '';
    const printed = await printedBy(() =>
      withDockerConfig([registry], (dockerConfig) => {
        used = dockerConfig;
        const config = JSON.parse(readFileSync(path.join(dockerConfig, 'config.json'), 'utf8')) as unknown;
        assert.deepEqual(config, { auths: { 'localhost:5000': { auth: 'Y2k6c2VjcmV0' } } });
        return Promise.resolve();
      }),
    );
    assert.match(printed, /task\.setsecret\]Y2k6c2VjcmV0/);
    assert.equal(existsSync(used), false);
  });

  it('is gone when its use fails', async () => {
    let used = '';
    await printedBy(() =>
      assert.rejects(
        withDockerConfig([registry], (dockerConfig) => {
          used = dockerConfig;
          return Promise.reject(new Error('push failed'));
        }),
        /push failed/,
      ),
    );
    assert.equal(existsSync(used), false);
  });
});
