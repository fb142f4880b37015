import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';
const TOKEN = 'a-token';

/** `rg2` has its clusters on the second page. Resource ids of AKS have `resourcegroups` in lower case. */
const CLUSTERS = [
  ['rg1', 'clustername1'],
  ['rg1', 'clustername2'],
  ['rg2', 'clustername3'],
].map(([group = '', name = '']) => ({
  id: `/subscriptions/${SUBSCRIPTION}/resourcegroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`,
  name,
  location: 'location1',
  type: 'Microsoft.ContainerService/ManagedClusters',
  properties: { provisioningState: 'Succeeded', kubernetesVersion: '1.30.4' },
}));
const CLUSTERS_ON_A_PAGE = 2;

type Answer = (url: URL, ...found: string[]) => unknown;

/** Documented addresses with their documented version, and answers of the documented shape. */
const ROUTES: { path: RegExp; version?: string; answer: Answer }[] = [
  {
    // https://learn.microsoft.com/rest/api/resources/subscriptions/list
    path: /^\/subscriptions$/,
    version: '2022-12-01',
    answer: () => ({
      value: [
        ['1', 'Example Subscription'],
        ['2', 'Research & Development'],
      ].map(([last = '', displayName]) => {
        const subscriptionId = SUBSCRIPTION.slice(0, -1) + last;
        return { id: `/subscriptions/${subscriptionId}`, subscriptionId, displayName, state: 'Enabled' };
      }),
    }),
  },
  {
    // https://learn.microsoft.com/rest/api/aks/managed-clusters/list
    path: /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters$/,
    version: '2024-05-01',
    answer: (url) => {
      const start = Number(url.searchParams.get('$skipToken'));
      const end = start + CLUSTERS_ON_A_PAGE;
      const next = new URL(url);
      next.searchParams.set('$skipToken', `${end}`);
      return {
        value: CLUSTERS.slice(start, end),
        ...(end < CLUSTERS.length && { nextLink: next.href }),
      };
    },
  },
  {
    // https://learn.microsoft.com/rest/api/aks/managed-clusters/list-by-resource-group
    path: /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters$/,
    version: '2024-05-01',
    answer: (_, __, group) => ({ value: CLUSTERS.filter(({ id }) => id.includes(`/${group}/`)) }),
  },
  {
    // https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/list-by-subscription
    path: /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.KeyVault\/vaults$/,
    version: '2022-07-01',
    answer: () => ({
      value: ['sample-vault-1', 'sample-vault-2'].map((name) => ({
        id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.KeyVault/vaults/${name}`,
        name,
        type: 'Microsoft.KeyVault/vaults',
        properties: { vaultUri: `https://${name}.vault.azure.net/` },
      })),
      nextLink: 'https://management.azure.com/subscriptions?$skiptoken=never-asked-for',
    }),
  },
  {
    // https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/
    path: /^\/api\/v1\/namespaces$/,
    answer: () => ({
      kind: 'NamespaceList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1' },
      items: ['default', 'langflow'].map((name) => ({ metadata: { name }, status: { phase: 'Active' } })),
    }),
  },
];

/** Azure Resource Manager and the API server of a cluster at one loopback address. What is not documented is not found. */
export class Azure {
  readonly token = TOKEN;
  /** Paths with their queries, as they were asked for. */
  readonly asked: string[] = [];
  #server: Server | undefined;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      // `{{{endpoint.url}}}/subscriptions` has two slashes, in Microsoft's own tasks as well.
      const { url: given = '', headers, method } = request;
      const url = given.replace(/^\/+/, '/');
      this.asked.push(url);
      const [status, body] =
        headers.authorization === `Bearer ${TOKEN}` && method === 'GET'
          ? answerTo(new URL(url, this.url))
          : [401, { error: { code: 'AuthenticationFailed' } }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  /** Ends with a slash, as the address of an Azure Resource Manager connection does. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo).port}/`;
  }
}

function answerTo(url: URL): [status: number, body: unknown] {
  for (const { path, version, answer } of ROUTES) {
    const found = path.exec(url.pathname);
    const isVersion = url.searchParams.get('api-version') === (version ?? null);
    if (found && isVersion) return [200, answer(url, ...found.slice(1))];
  }
  return [404, { error: { code: 'NotFound' } }];
}
