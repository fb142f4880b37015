import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { failure, jsonServer, type Answer, type Asked } from '../../../scripts/local/vault/answer';
import { EntraId, unauthorized, type Application } from '../../../scripts/local/vault/entraId';
import { KeyVault, RESOURCE } from '../../../scripts/local/vault/keyVault';
import type { ServiceConnection } from '../../agent/connections';
import { ApiGate } from './apiGate';

export const TENANT = '11111111-1111-1111-1111-111111111111';
export const SUBSCRIPTION = '33333333-3333-3333-3333-333333333333';
export const GROUP = 'langflow-group';
/** Clusters of the group: one with certificates, one with Entra ID and no local accounts. */
export const CLUSTERS = { plain: 'langflow-plain', entra: 'langflow-entra' };
export const COMPONENT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/microsoft.insights/components/langflow`;
export const AKS_SERVER = '6dae42f8-4368-4678-94ff-3960e28e3630';
const MANAGER = 'https://management.azure.com';
const JOB_TOKEN = 'job-access-token';

/** Applications that may do everything, and one without rights. */
const PRINCIPAL = '22222222-2222-2222-2222-222222222222';
const STRANGER = '44444444-4444-4444-4444-444444444444';
const PRINCIPAL_KEY = 'service-principal-key';

export interface AzureOptions {
  /** Folder for the vaults' secrets. */
  folder: string;
  /** Folder with server.pem, server.key and ca.pem for the loopback names. */
  tls: string;
  /** The real cluster that is handed out. */
  kubeconfig: string;
  /** PEM of the certificate that the service principal may log in with. */
  certificate?: string;
}

/**
 * Azure for one test, by its documented protocols over TLS on loopback: Entra ID, Azure DevOps' OIDC tokens, the metadata
 * service of a machine, Resource Manager with AKS and Application Insights, Key Vault. The cluster behind is real.
 */
export class Azure {
  /** `GET host/path 200`, in order. */
  readonly requests: string[] = [];
  /** The bodies of annotations. */
  readonly annotations: Record<string, unknown>[] = [];
  /** Answers before the right one, by the end of a path: `{ listClusterUserCredential: [429] }`. */
  faults: Record<string, number[]> = {};
  readonly entraId: EntraId;
  readonly gate: ApiGate;
  private readonly vaults: KeyVault[];
  private readonly servers: Server[] = [];
  private metadata?: HttpServer;
  private ports: number[] = [];

  constructor(private readonly options: AzureOptions) {
    const { certificate, folder } = options;
    const principal: Application = {
      id: PRINCIPAL,
      secret: PRINCIPAL_KEY,
      federatedToken: 'oidc-token',
      ...(certificate !== undefined && { certificate }),
    };
    this.entraId = new EntraId(() => this.address, TENANT, [
      principal,
      { id: STRANGER, secret: PRINCIPAL_KEY },
    ]);
    this.gate = new ApiGate(
      options.kubeconfig,
      options.tls,
      (authorization) => this.entraId.audienceOf(authorization) === AKS_SERVER,
    );
    this.vaults = ['vault', 'other'].map((name) => {
      mkdirSync(path.join(folder, name), { recursive: true });
      return new KeyVault(path.join(folder, name));
    });
  }

  /** Of Entra ID and Resource Manager. */
  get address(): string {
    return `https://login.localhost:${this.ports[0] ?? 0}`;
  }

  /** The vault `langflow-local`, and another one. */
  get vaultAddress(): string {
    return `https://langflow-local.vault.localhost:${this.ports[0] ?? 0}`;
  }

  get otherVaultAddress(): string {
    return `https://langflow-local.vault.localhost:${this.ports[1] ?? 0}`;
  }

  /** For the job: where its machine's metadata service is, and where the server hands out OIDC tokens. */
  get variables(): Record<string, string> {
    const { port } = (this.metadata?.address() ?? { port: 0 }) as AddressInfo;
    return {
      AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}`,
      'System.OidcRequestUri': `${this.address}/oidctoken`,
    };
  }

  /** The token of the job for the server (agent.accessToken in the resources). */
  readonly accessToken = JOB_TOKEN;

  async start(): Promise<void> {
    const servers = await Promise.all(
      this.vaults.map((vault) =>
        jsonServer(
          this.options.tls,
          (asked) => this.answer(asked, vault),
          (line) => this.requests.push(line),
        ),
      ),
    );
    this.servers.push(...servers);
    this.metadata = createHttpServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const { status, body } = this.machineToken(url, request.headers.metadata === 'true');
      this.requests.push(`${request.method ?? ''} metadata${url.pathname} ${status}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    for (const server of [...servers, this.metadata]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    this.ports = servers.map((server) => (server.address() as AddressInfo).port);
    await this.gate.start();
  }

  stop(): void {
    for (const server of [...this.servers, this.metadata]) {
      server?.closeAllConnections();
      server?.close();
    }
    this.gate.stop();
  }

  /** Puts a secret into the vault; `settings` as scripts/local/vault/keyVault.ts has them. */
  secret(name: string, value: string, settings?: object, vault: 'vault' | 'other' = 'vault'): void {
    writeFileSync(path.join(this.options.folder, vault, name), value);
    if (settings)
      writeFileSync(path.join(this.options.folder, vault, `${name}.json`), JSON.stringify(settings));
  }

  /** How often something was asked for. */
  count(pattern: RegExp): number {
    return this.requests.filter((line) => pattern.test(line)).length;
  }

  /** An Azure Resource Manager service connection. */
  connection(scheme: string, parameters: Record<string, string>): ServiceConnection {
    return {
      type: 'azurerm',
      url: `${this.address}/`,
      scheme,
      parameters: { tenantid: TENANT, serviceprincipalid: PRINCIPAL, ...parameters },
      data: {
        environment: 'AzureStack',
        environmentAuthorityUrl: `${this.address}/`,
        activeDirectoryServiceEndpointResourceId: `${MANAGER}/`,
        subscriptionid: SUBSCRIPTION,
        AzureKeyVaultDnsSuffix: `vault.localhost:${this.ports[0] ?? 0}`,
      },
    };
  }

  servicePrincipal(key = PRINCIPAL_KEY): ServiceConnection {
    return this.connection('ServicePrincipal', { serviceprincipalkey: key, authenticationType: 'spnKey' });
  }

  /** A service principal without any role. */
  stranger(): ServiceConnection {
    return this.connection('ServicePrincipal', {
      serviceprincipalid: STRANGER,
      serviceprincipalkey: PRINCIPAL_KEY,
    });
  }

  private answer(asked: Asked, vault: KeyVault): Answer | Promise<Answer> {
    const { url, headers, authorization } = asked;
    const [key, statuses] = Object.entries(this.faults).find(([end]) => url.pathname.endsWith(end)) ?? [];
    const fault = statuses?.shift();
    if (key !== undefined && fault !== undefined) {
      return { ...failure(fault, 'TooManyRequests', `busy: ${key}`), headers: { 'retry-after': '1' } };
    }
    if (url.hostname.endsWith('.vault.localhost')) {
      if (this.entraId.audienceOf(authorization) !== RESOURCE)
        return unauthorized(this.entraId.authority, RESOURCE);
      return vault.answer(url);
    }
    if (url.pathname === '/oidctoken') {
      const right =
        headers.authorization === `Bearer ${JOB_TOKEN}` && url.searchParams.has('serviceConnectionId');
      return right ? { status: 200, body: { oidcToken: 'oidc-token' } } : failure(401, 'Unauthorized', 'no');
    }
    if (!url.pathname.startsWith('/subscriptions')) return this.entraId.answer(asked);
    return this.resourceManager(asked);
  }

  /** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
  private machineToken(url: URL, isMetadata: boolean): { status: number; body: unknown } {
    const resource = url.searchParams.get('resource');
    if (!/^\/metadata\/identity\/oauth2\/token\/?$/.test(url.pathname) || !isMetadata || resource === null)
      return { status: 400, body: { error: 'invalid_request' } };
    const token = this.entraId.issue(resource);
    const expires_on = `${Math.floor(Date.now() / 1_000) + 3_600}`;
    return {
      status: 200,
      body: { access_token: token, expires_in: '3600', expires_on, resource, token_type: 'Bearer' },
    };
  }

  private resourceManager({ method, url, authorization, body }: Asked): Answer {
    if (this.entraId.audienceOf(authorization) !== MANAGER)
      return failure(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
    if (!url.searchParams.has('api-version'))
      return failure(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
    const { pathname } = url;
    if (!pathname.startsWith(`/subscriptions/${SUBSCRIPTION}`))
      return failure(
        404,
        'SubscriptionNotFound',
        `The subscription '${pathname.split('/')[2] ?? ''}' could not be found.`,
      );
    if (this.entraId.clientOf(authorization) === STRANGER) {
      return failure(
        403,
        'AuthorizationFailed',
        `The client '${STRANGER}' does not have authorization to perform action over scope '${pathname}'.`,
      );
    }
    if (method === 'PUT' && pathname === `${COMPONENT}/Annotations`) {
      this.annotations.push(JSON.parse(body) as Record<string, unknown>);
      return { status: 200, body: [JSON.parse(body)] };
    }
    const [, group, cluster, action] =
      /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)\/(\w+)$/.exec(
        pathname,
      ) ?? [];
    if (method !== 'POST' || cluster === undefined) return failure(404, 'NotFound', 'There is nothing.');
    return this.credentials(group ?? '', cluster, action ?? '');
  }

  /** https://learn.microsoft.com/rest/api/aks/managed-clusters/list-cluster-user-credentials */
  private credentials(group: string, cluster: string, action: string): Answer {
    if (group !== GROUP)
      return failure(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
    if (!Object.values(CLUSTERS).includes(cluster)) {
      return failure(
        404,
        'ResourceNotFound',
        `The Resource 'Microsoft.ContainerService/managedClusters/${cluster}' under resource group '${group}' was not found.`,
      );
    }
    const isAdmin = action === 'listClusterAdminCredential';
    if (isAdmin && cluster === CLUSTERS.entra) {
      return failure(
        400,
        'BadRequest',
        'Getting static credential is not allowed because this cluster is set to disable local accounts.',
      );
    }
    const text = cluster === CLUSTERS.entra ? this.gate.kubeconfig() : this.options.kubeconfig;
    const value = Buffer.from(text).toString('base64');
    return {
      status: 200,
      body: { kubeconfigs: [{ name: isAdmin ? 'clusterAdmin' : 'clusterUser', value }] },
    };
  }
}

/** The PEM of the authority that signed the loopback names. */
export function authorityOf(tls: string): string {
  return readFileSync(path.join(tls, 'ca.pem'), 'utf8');
}
