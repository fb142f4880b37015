import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';

const { dataSourceBindings } = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../tasks/LangflowDeploy/task.json'), 'utf8'),
) as {
  dataSourceBindings: {
    target: string;
    endpointUrl: string;
    resultSelector: string;
    resultTemplate: string;
  }[];
};

const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';
const clusterId = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg1/providers/Microsoft.ContainerService/managedClusters/clustername1`;

/** What the server answers, by the documented address; the fields are those of the reference's own examples. */
const ANSWERS: Record<string, { answer: unknown; shown: string[] }> = {
  // https://learn.microsoft.com/rest/api/resources/subscriptions/list
  azureSubscriptionId: {
    answer: { value: [{ subscriptionId: SUBSCRIPTION, displayName: 'Example Subscription' }] },
    shown: [`{"Value":"${SUBSCRIPTION}","DisplayValue":"Example Subscription"}`],
  },
  // https://learn.microsoft.com/rest/api/aks/managed-clusters/list
  azureResourceGroup: {
    answer: { value: [{ id: clusterId, name: 'clustername1', location: 'location1' }] },
    shown: ['rg1'],
  },
  // https://learn.microsoft.com/rest/api/aks/managed-clusters/list-by-resource-group
  kubernetesCluster: {
    answer: {
      value: [
        { id: clusterId, name: 'clustername1' },
        { id: clusterId, name: 'clustername2' },
      ],
    },
    shown: ['clustername1', 'clustername2'],
  },
  // https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
  keyVault: {
    answer: {
      value: [{ id: '/subscriptions/…/vaults/sample-vault-1', name: 'sample-vault-1' }],
      nextLink: 'x',
    },
    shown: ['sample-vault-1'],
  },
  // https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/
  namespace: {
    answer: {
      kind: 'NamespaceList',
      items: [{ metadata: { name: 'default' } }, { metadata: { name: 'langflow' } }],
    },
    shown: ['default', 'langflow'],
  },
};

const ADDRESSES: Record<string, RegExp> = {
  azureSubscriptionId: /^\/+subscriptions\?api-version=2022-12-01$/,
  azureResourceGroup:
    /^\/+subscriptions\/[^/]+\/providers\/Microsoft\.ContainerService\/managedClusters\?api-version=2024-05-01$/,
  kubernetesCluster:
    /^\/+subscriptions\/[^/]+\/resourceGroups\/rg1\/providers\/Microsoft\.ContainerService\/managedClusters\?api-version=2024-05-01$/,
  keyVault: /^\/+subscriptions\/[^/]+\/providers\/Microsoft\.KeyVault\/vaults\?api-version=2022-07-01$/,
  namespace: /^\/+api\/v1\/namespaces$/,
};

/** Inputs as `$(name)`, fields of the endpoint as `{{{endpoint.name}}}`. */
function addressOf(template: string): string {
  return template
    .replace('{{{endpoint.url}}}', 'https://management.azure.com/')
    .replace('{{{endpoint.subscriptionId}}}', SUBSCRIPTION)
    .replace('$(azureResourceGroup)', 'rg1');
}

/** The part of JSONPath that the bindings use: `$.a[*].b`. */
function select(selector: string, value: unknown): unknown[] {
  const steps = selector.replace(/^jsonpath:\$/, '').match(/\.\w+|\[\*\]/g) ?? [];
  return steps.reduce<unknown[]>(
    (found, step) =>
      found.flatMap((one) =>
        step === '[*]' ? (one as unknown[]) : [(one as Record<string, unknown>)[step.slice(1)]],
      ),
    [value],
  );
}

/** Mustache with the server's helper `#extractResource <field> <type>`: what follows the type in a resource id. */
function show(template: string, item: Record<string, string>): string {
  const [, field = '', type = ''] = /^\{\{\{ #extractResource (\w+) (\w+)\}\}\}$/.exec(template) ?? [];
  if (type !== '') return new RegExp(`/${type}/([^/]+)`, 'i').exec(item[field] ?? '')?.[1] ?? '';
  return template.replace(/\{\{\{(\w+)\}\}\}/g, (_, name: string) => item[name] ?? '');
}

describe('the lists of LangflowDeploy in the editor', () => {
  it('are these', () => {
    assert.deepEqual(dataSourceBindings.map(({ target }) => target).sort(), Object.keys(ANSWERS).sort());
  });

  for (const { target, endpointUrl, resultSelector, resultTemplate } of dataSourceBindings) {
    it(`ask for ${target} at the documented address, and show its names`, () => {
      const { pathname, search } = new URL(addressOf(endpointUrl));
      assert.match(pathname + search, ADDRESSES[target] ?? /^$/);
      const items = select(resultSelector, ANSWERS[target]?.answer) as Record<string, string>[];
      assert.deepEqual(
        items.map((item) => show(resultTemplate, item)),
        ANSWERS[target]?.shown,
      );
    });
  }
});
