import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipelineRoutes } from './pipelineRoutes';
import { projectRoutes } from './projectRoutes';
import { isAbsent, ok, refused, type Json, type Reply, type Route, type SeenCall } from './protocol';
import { problemOfEndpoint, withoutSecrets } from './rules';

/**
 * The part of Azure DevOps' REST API that setUp.ts speaks, with the checks of the documentation: method, path, API version,
 * required fields; 404 for what does not exist, 409 for a name that is taken or a stale revision, 400 for the rest. Secrets go in
 * and never come out.
 */
export class AzureDevOpsServer {
  readonly token = `pat-${randomUUID()}`;
  readonly calls: SeenCall[] = [];
  /** Replies that come before anything else, one a call. */
  readonly interruptions: Reply[] = [];
  /** Paths that the token has no right to write. */
  forbidden?: RegExp;
  /** Polls until a project is ready. */
  polls = 2;
  project?: Json & { id: string; name: string };
  readonly endpoints: (Json & { id: string; name: string })[] = [];
  readonly environments: (Json & { id: number; name: string })[] = [];
  readonly checks: (Json & { id: number })[] = [];
  readonly groups: (Json & {
    id: number;
    name: string;
    variables: Record<string, { value?: string | null; isSecret?: boolean }>;
  })[] = [];
  readonly definitions: (Json & { id: number; name: string; revision: number })[] = [];
  readonly permissions = new Map<
    string,
    { allPipelines?: Json; pipelines: { id: number; authorized: boolean }[] }
  >();
  readonly identities = [
    {
      id: 'aaaaaaaa-0000-4000-8000-000000000001',
      providerDisplayName: '[contoso]\\Langflow approvers',
      isActive: true,
    },
  ];
  pending?: { id: string; polls: number; project: Json; failed?: string };
  failProject?: string;
  private server?: Server;
  nextId = 1;

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      void this.handle(request).then(({ status, body, headers }) => {
        response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
        response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/contoso`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  get writes(): SeenCall[] {
    return this.calls.filter(({ method }) => method !== 'GET');
  }

  private async handle(request: IncomingMessage): Promise<Reply> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? '';
    const version = url.searchParams.get('api-version') ?? '';
    const path = decodeURIComponent(url.pathname);
    const interruption = this.interruptions.shift();
    if (interruption) return interruption;
    if (request.headers.authorization !== `Basic ${Buffer.from(`:${this.token}`).toString('base64')}`) {
      return { status: 302, headers: { Location: '/_signin' } };
    }
    if (text !== '' && request.headers['content-type'] !== 'application/json')
      return refused(400, 'The body is not JSON.');
    const body = (text === '' ? {} : JSON.parse(text)) as Json;
    this.calls.push({ method, path, version, body });
    if (method !== 'GET' && this.forbidden?.test(path)) {
      return refused(403, `TF400813: the user is not authorized. ${text}`);
    }
    for (const route of this.routes) {
      const parts = method === route.method ? route.path.exec(path) : null;
      if (!parts) continue;
      if (version !== route.version)
        return refused(400, `No api-version ${version} of ${path}, but ${route.version}.`);
      const lacking = route.required?.find((field) => isAbsent(body, field));
      if (lacking !== undefined) return refused(400, `The body lacks ${lacking}.`);
      const [, scope] = /^\/contoso\/(?!_apis)([^/]+)\//.exec(path) ?? [];
      if (scope !== undefined && scope !== this.project?.id)
        return refused(404, `TF200016: no project ${scope}.`);
      return route.answer(parts.slice(1), url.searchParams, body);
    }
    return refused(404, `No such call: ${method} ${path}`);
  }

  private readonly routes: Route[] = [...projectRoutes(this), ...pipelineRoutes(this)];

  queue(project: Json): Reply {
    this.pending = { id: randomUUID(), polls: this.polls, project };
    return ok({ id: this.pending.id, status: 'queued' }, 202);
  }

  keepEndpoint(body: Json, existing: { id: string; name: string }): Reply {
    const references = body.serviceEndpointProjectReferences as { projectReference?: { id?: string } }[];
    if (!references.some(({ projectReference }) => projectReference?.id === this.project?.id))
      return refused(400, 'no such project');
    const authorization = body.authorization as { scheme: string; parameters: Record<string, unknown> };
    const { type } = body as { type: string };
    const problem = problemOfEndpoint(type, authorization, (body.data ?? {}) as Json);
    if (problem) return refused(400, problem);
    const federated = authorization.scheme === 'WorkloadIdentityFederation';
    const kept = {
      ...body,
      id: existing.id,
      name: existing.name,
      isReady: true,
      owner: 'library',
      authorization: {
        scheme: authorization.scheme,
        parameters: {
          ...authorization.parameters,
          ...(federated
            ? {
                workloadIdentityFederationIssuer: 'https://login.microsoftonline.com/tenant/v2.0',
                workloadIdentityFederationSubject: `/eid1/c/pub/t/tenant/a/app/sc/org/${existing.name}`,
              }
            : {}),
        },
      },
    };
    const index = this.endpoints.findIndex(({ id }) => id === existing.id);
    if (index < 0) this.endpoints.push(kept);
    else this.endpoints[index] = kept;
    return ok(withoutSecrets(kept));
  }

  settingsShown(settings: Json): Json {
    if (!Array.isArray(settings.approvers)) return settings;
    const approvers = (settings.approvers as { id: string }[]).map(({ id }) => ({
      displayName: 'Approvers',
      id,
    }));
    return { executionOrder: 'anyOrder', blockedApprovers: [], ...settings, approvers };
  }

  knowsConnectionOf(body: Json): boolean {
    const { properties } = body.repository as { properties?: { connectedServiceId?: string } };
    return this.endpoints.some(({ id }) => id === properties?.connectedServiceId);
  }

  hasResource(type: string, id: string): boolean {
    const ids: Record<string, (string | number)[]> = {
      endpoint: this.endpoints.map((one) => one.id),
      environment: this.environments.map((one) => one.id),
      variablegroup: this.groups.map((one) => one.id),
    };
    return ids[type]?.map(String).includes(id) === true;
  }
}
