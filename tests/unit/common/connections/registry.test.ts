import assert from 'node:assert/strict';
import { registryFromConnection } from '../../../../tasks/common/connections/registry';
import { printedBy, setConnection } from '../../support/agent';

describe('registry connection', () => {
  it('reads a registry with user name and password', async () => {
    setConnection('others', {
      scheme: 'UsernamePassword',
      parameters: { registry: 'http://localhost:5000/', username: 'ci', password: 'secret' },
      data: { registrytype: 'Others' },
    });
    await printedBy(async () => {
      const { host, login } = registryFromConnection('others');
      assert.equal(host, 'localhost:5000');
      assert.deepEqual(await login(), { username: 'ci', password: 'secret' });
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
    setConnection('token', {
      scheme: 'Token',
      parameters: { loginServer: 'contoso.azurecr.io' },
      data: { registrytype: 'ACR' },
    });
    assert.throws(() => registryFromConnection('token'), /'Token'.*Accepted are/);
  });
});
