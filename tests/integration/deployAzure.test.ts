import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { ServiceConnection } from '../agent/connections';
import { AKS_SERVER, CLUSTERS, COMPONENT } from './support/azure';
import { AzureSuite } from './support/azureSuite';

/** A release to the real cluster, which is found and logged in to by way of Azure. Azure is played (support/azure.ts). */
describe('LangflowDeploy by way of Azure', function () {
  this.timeout(120_000);

  const suite = new AzureSuite();

  describe('logs in', () => {
    const ways: [string, () => ServiceConnection, RegExp][] = [
      ['a service principal with a secret', () => suite.azure.servicePrincipal(), /POST .*\/token 200/],
      [
        'a service principal with a certificate',
        () =>
          suite.azure.connection('ServicePrincipal', {
            servicePrincipalCertificate: suite.certificate.key + suite.certificate.pem,
            authenticationType: 'spnCertificate',
          }),
        /POST .*\/token 200/,
      ],
      [
        'the managed identity of the machine',
        () => suite.azure.connection('ManagedServiceIdentity', {}),
        /GET metadata\/.* 200/,
      ],
      [
        'workload identity federation',
        () => suite.azure.connection('WorkloadIdentityFederation', {}),
        /POST .*\/oidctoken 200/,
      ],
    ];
    for (const [name, connection, request] of ways) {
      it(`with ${name}`, async () => {
        suite.assertDeployed(await suite.deploy({}, connection()));
        assert.ok(suite.azure.count(request) > 0);
        assert.ok(suite.azure.count(/POST .*\/listClusterUserCredential 200/) > 0);
      });
    }

    it('with the local admin, when it is told to', async () => {
      suite.assertDeployed(await suite.deploy({ useClusterAdmin: 'true' }));
      assert.ok(suite.azure.count(/listClusterAdminCredential 200/) > 0);
      assert.equal(suite.azure.count(/listClusterUserCredential/), 0);
    });

    it('after Resource Manager was busy', async () => {
      suite.azure.faults = { listClusterUserCredential: [429, 503] };
      suite.assertDeployed(await suite.deploy());
      assert.equal(suite.azure.count(/listClusterUserCredential (429|503)/), 2);
    });

    it('with a kubeconfig of the agent', async () => {
      const file = path.join(suite.sources, 'config');
      writeFileSync(file, suite.environment.kubeconfig);
      suite.assertDeployed(await suite.deploy({ kubernetesCluster: '', kubeconfig: 'config' }));
      assert.equal(suite.azure.requests.length, 0);
    });
  });

  describe('to a cluster with Entra ID', () => {
    it('logs in with a token, and starts no kubelogin', async () => {
      const bin = path.join(suite.folder, 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(path.join(bin, 'kubelogin'), `#!/bin/sh\ntouch ${bin}/started\n`);
      chmodSync(path.join(bin, 'kubelogin'), 0o755);
      const variables = { PATH: `${bin}:${process.env.PATH ?? ''}` };
      suite.assertDeployed(
        await suite.deploy({ kubernetesCluster: CLUSTERS.entra }, undefined, { variables }),
      );
      assert.ok(suite.azure.gate.counts.passed > 0);
      assert.equal(existsSync(path.join(bin, 'started')), false);

      writeFileSync(path.join(suite.sources, 'config'), suite.azure.gate.kubeconfig());
      const step = await suite.deploy(
        { azureSubscription: '', kubernetesCluster: '', kubeconfig: 'config' },
        undefined,
        { variables },
      );
      assert.match(
        step.message,
        /logs in by the program or plugin 'kubelogin', which is not started here[^]*azureSubscription/,
      );
      assert.equal(existsSync(path.join(bin, 'started')), false);
    });

    it('gets another token when the former one ends midway', async () => {
      suite.write(suite.deployment('web', 3));
      let revoked = false;
      const step = await suite.deploy({ kubernetesCluster: CLUSTERS.entra }, undefined, {
        cancelAfter: (log) => {
          if (!revoked && /Deployment\/web/.test(log)) {
            revoked = true;
            suite.azure.entraId.revoke(AKS_SERVER);
          }
          return false;
        },
      });
      assert.ok(revoked);
      suite.assertDeployed(step);
      assert.ok(suite.azure.gate.counts.refused > 0, 'the former token was refused');
    });

    it('says what is wrong when the cluster takes no token', async () => {
      suite.azure.gate.onRequest = () => {
        suite.azure.entraId.revoke(AKS_SERVER);
      };
      const step = await suite.deploy({ kubernetesCluster: CLUSTERS.entra });
      assert.equal(step.result, 'Failed');
      assert.match(step.message, /Unauthorized \(the API server does not take the login/);
    });
  });

  describe('says what to do', () => {
    const cases: [string, Record<string, string>, (() => ServiceConnection) | undefined, RegExp][] = [
      [
        'about a wrong secret of the service principal',
        {},
        () => suite.azure.servicePrincipal('wrong'),
        /Entra ID gave .* no token .*AADSTS7000215: Invalid client secret.* Renew the secret/,
      ],
      [
        'about an identity without a role on the cluster',
        {},
        () => suite.azure.stranger(),
        /AuthorizationFailed|does not have authorization[^]*Azure Kubernetes Service Cluster User Role/,
      ],
      [
        'about an identity without the admin role',
        { useClusterAdmin: 'true' },
        () => suite.azure.stranger(),
        /Azure Kubernetes Service Cluster Admin Role/,
      ],
      [
        'about a wrong resource group',
        { azureResourceGroup: 'nowhere' },
        undefined,
        /Resource group 'nowhere' could not be found\. Correct the input 'azureResourceGroup'/,
      ],
      [
        'about a wrong cluster',
        { kubernetesCluster: 'nobody' },
        undefined,
        /managedClusters\/nobody[^]*Correct the input 'kubernetesCluster'/,
      ],
      [
        'about a wrong subscription',
        { azureSubscriptionId: '99999999-9999-9999-9999-999999999999' },
        undefined,
        /subscription '99999999[^]*could not be found\. Correct the input 'azureSubscriptionId'/,
      ],
      [
        'about a cluster without local accounts',
        { kubernetesCluster: CLUSTERS.entra, useClusterAdmin: 'true' },
        undefined,
        /disable local accounts\. If the cluster has no local accounts, leave 'useClusterAdmin' off/,
      ],
      [
        'about two clusters',
        { kubernetesServiceConnection: 'langflow-aks' },
        undefined,
        /Input 'kubernetesCluster': found "kubernetesCluster, kubernetesServiceConnection"; accepted is one of/,
      ],
      [
        'about no cluster',
        { kubernetesCluster: '' },
        undefined,
        /Input 'kubernetesCluster': it is empty; accepted is one of/,
      ],
      [
        'about a kubeconfig that is not there',
        { kubernetesCluster: '', kubeconfig: 'none' },
        undefined,
        /Input 'kubeconfig': found ".*none"; accepted is the path of a kubeconfig/,
      ],
    ];
    for (const [name, inputs, connection, message] of cases)
      it(name, async () => {
        suite.assertRefused(await suite.deploy(inputs, connection?.()), message);
      });
  });

  describe('tells Application Insights of the release', () => {
    it('with what brought it', async () => {
      const variables = {
        'Build.BuildId': '7',
        'Build.BuildNumber': '20260101.1',
        'System.CollectionUri': 'https://dev.azure.com/contoso/',
        'System.TeamProject': 'langflow',
      };
      const inputs = { applicationInsights: COMPONENT };
      suite.assertDeployed(await suite.deploy(inputs, undefined, { variables }));
      const [annotation] = suite.azure.annotations;
      assert.equal(annotation?.Category, 'Deployment');
      assert.equal(annotation.AnnotationName, `Langflow r in ${suite.namespace}`);
      assert.match(String(annotation.Id), /^[0-9a-f-]{36}$/);
      assert.ok(Math.abs(Date.parse(String(annotation.EventTime)) - Date.now()) < 60_000);
      const { Commit, Url } = JSON.parse(String(annotation.Properties)) as Record<string, string>;
      assert.equal(Commit, '0'.repeat(40));
      assert.equal(Url, 'https://dev.azure.com/contoso/langflow/_build/results?buildId=7');
    });

    it('or warns that it could not, and has deployed', async () => {
      const inputs = {
        applicationInsights: COMPONENT,
        kubernetesServiceConnection: 'langflow-aks',
        kubernetesCluster: '',
      };
      const step = await suite.deploy(inputs, suite.azure.stranger());
      suite.assertDeployed(step);
      const warnings = step.issues.filter(({ type }) => type === 'warning').map(({ message }) => message);
      assert.match(warnings.join('\n'), /got no release annotation: .*'Monitoring Contributor'/);
    });

    it('and refuses what is no component', async () => {
      const step = await suite.deploy({ applicationInsights: 'langflow' });
      suite.assertRefused(step, /Input 'applicationInsights': found "langflow"; accepted is a resource id/);
    });
  });
});
