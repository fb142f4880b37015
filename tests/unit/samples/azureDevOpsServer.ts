import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface SeenCall {
  method: string;
  path: string;
  version: string;
  body: Json;
}

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Route {
  method: string;
  path: RegExp;
  version: string;
  /** Fields that the body must have, with dots for depth. */
  required?: string[];
  answer: (parts: string[], query: URLSearchParams, body: Json) => Reply;
}

const PREVIEW = '7.1-preview.1';
const ENDPOINT_FIELDS = [
  'name',
  'type',
  'url',
  'authorization.scheme',
  'authorization.parameters',
  'serviceEndpointProjectReferences',
];
const GROUP_FIELDS = ['name', 'type', 'variables', 'variableGroupProjectReferences'];
const DEFINITION_FIELDS = [
  'name',
  'process.type',
  'process.yamlFilename',
  'repository.id',
  'repository.type',
  'queue',
];
const PERMISSION_PATH = /^\/contoso\/[^/]+\/_apis\/pipelines\/pipelinepermissions\/(\w+)\/([^/]+)$/;
const ok = (body: unknown, status = 200): Reply => ({ status, body });
const list = (value: unknown[]): Reply => ok({ count: value.length, value });
const refused = (status: number, message: string): Reply => ({ status, body: { message } });

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
  private pending?: { id: string; polls: number; project: Json; failed?: string };
  failProject?: string;
  private server?: Server;
  private nextId = 1;

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

  private readonly routes: Route[] = [
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/identities$/,
      version: '7.1',
      answer: (_, query) =>
        query.get('searchFilter') === 'General'
          ? list(this.identities.filter((one) => one.providerDisplayName === query.get('filterValue')))
          : refused(400, 'searchFilter is required.'),
    },
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/projects\/([^/]+)$/,
      version: '7.1',
      answer: ([name]) =>
        this.project && (this.project.name === name || this.project.id === name)
          ? ok(this.project)
          : refused(404, `TF200016: no project ${name ?? ''}.`),
    },
    {
      method: 'POST',
      path: /^\/contoso\/_apis\/projects$/,
      version: '7.1',
      required: [
        'name',
        'capabilities.versioncontrol.sourceControlType',
        'capabilities.processTemplate.templateTypeId',
      ],
      answer: (_, __, body) => {
        if (this.project) return refused(409, 'TF200019: the project exists.');
        return this.queue({ id: randomUUID(), ...body, state: 'wellFormed' });
      },
    },
    {
      method: 'PATCH',
      path: /^\/contoso\/_apis\/projects\/([^/]+)$/,
      version: '7.1',
      answer: ([id], _, body) =>
        id === this.project?.id ? this.queue({ ...this.project, ...body }) : refused(404, 'TF200016'),
    },
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/operations\/([^/]+)$/,
      version: '7.1',
      answer: ([id]) => {
        const { pending } = this;
        if (pending?.id !== id || !pending) return refused(404, 'no operation');
        if (pending.polls-- > 0) return ok({ id, status: 'inProgress' });
        if (this.failProject !== undefined)
          return ok({ id, status: 'failed', detailedMessage: this.failProject });
        this.project = pending.project as AzureDevOpsServer['project'];
        return ok({ id, status: 'succeeded' });
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/serviceendpoint\/endpoints$/,
      version: '7.1',
      answer: (_, query) => {
        const names = query.get('endpointNames')?.split(',') ?? [];
        return list(this.endpoints.filter(({ name }) => names.includes(name)).map(withoutSecrets));
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/_apis\/serviceendpoint\/endpoints$/,
      version: '7.1',
      required: ENDPOINT_FIELDS,
      answer: (_, __, body) => {
        if (this.endpoints.some(({ name }) => name === body.name))
          return refused(409, 'The service connection exists.');
        return this.keepEndpoint(body, { id: randomUUID(), name: String(body.name) });
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/_apis\/serviceendpoint\/endpoints\/([^/]+)$/,
      version: '7.1',
      required: ENDPOINT_FIELDS,
      answer: ([id], _, body) => {
        const existing = this.endpoints.find((endpoint) => endpoint.id === id);
        return existing ? this.keepEndpoint(body, existing) : refused(404, 'no endpoint');
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/environments$/,
      version: PREVIEW,
      // A prefix matches, too.
      answer: (_, query) =>
        list(this.environments.filter(({ name }) => name.startsWith(query.get('name') ?? ''))),
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/environments$/,
      version: PREVIEW,
      required: ['name'],
      answer: (_, __, body) => {
        if (this.environments.some(({ name }) => name === body.name))
          return refused(409, 'The environment exists.');
        const environment = { ...body, id: this.nextId++, name: String(body.name) };
        this.environments.push(environment);
        return ok(environment);
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/pipelines\/checks\/configurations$/,
      version: PREVIEW,
      answer: (_, query) => {
        if (query.get('resourceType') !== 'environment') return refused(400, 'resourceType');
        const shown =
          query.get('$expand') === 'settings'
            ? this.checks
            : this.checks.map(({ settings: _settings, ...rest }) => rest);
        return list(shown.filter((check) => (check.resource as Json).id === query.get('resourceId')));
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/pipelines\/checks\/configurations$/,
      version: PREVIEW,
      required: ['type.id', 'settings', 'timeout', 'resource.type', 'resource.id'],
      answer: (_, __, body) => {
        const problem = problemOfCheck(body, this.identities);
        if (problem) return refused(400, problem);
        const check = { ...body, id: this.nextId++, settings: this.settingsShown(body.settings as Json) };
        this.checks.push(check);
        return ok(check);
      },
    },
    {
      method: 'PATCH',
      path: /^\/contoso\/[^/]+\/_apis\/pipelines\/checks\/configurations\/(\d+)$/,
      version: PREVIEW,
      required: ['type.id', 'settings', 'resource.id'],
      answer: ([id], _, body) => {
        const check = this.checks.find((one) => String(one.id) === id);
        const problem = problemOfCheck(body, this.identities);
        if (!check || problem) return refused(check ? 400 : 404, problem ?? 'no check');
        Object.assign(check, body, { settings: this.settingsShown(body.settings as Json) });
        return ok(check);
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/variablegroups$/,
      version: '7.1',
      answer: (_, query) =>
        list(
          this.groups
            .filter(({ name }) => name === query.get('groupName'))
            .map((group) => ({
              ...group,
              variables: Object.fromEntries(
                Object.entries(group.variables).map(([name, one]) => [
                  name,
                  one.isSecret ? { value: null, isSecret: true } : one,
                ]),
              ),
            })),
        ),
    },
    {
      method: 'POST',
      path: /^\/contoso\/_apis\/distributedtask\/variablegroups$/,
      version: '7.1',
      required: GROUP_FIELDS,
      answer: (_, __, body) => {
        if (this.groups.some(({ name }) => name === body.name))
          return refused(409, 'The variable group exists.');
        const group = {
          ...body,
          id: this.nextId++,
          name: String(body.name),
          variables: body.variables as never,
        };
        this.groups.push(group);
        return ok({ ...group, variables: {} });
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/_apis\/distributedtask\/variablegroups\/(\d+)$/,
      version: '7.1',
      required: GROUP_FIELDS,
      answer: ([id], _, body) => {
        const group = this.groups.find((one) => String(one.id) === id);
        if (!group) return refused(404, 'no group');
        const before = group.variables;
        group.variables = Object.fromEntries(
          Object.entries(body.variables as typeof before).map(([name, one]) => [
            name,
            one.isSecret && one.value == null ? (before[name] ?? one) : one,
          ]),
        );
        return ok(group);
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions$/,
      version: '7.1',
      answer: (_, query) =>
        list(
          this.definitions
            .filter(({ name }) => name === query.get('name'))
            .map(({ id, name }) => ({ id, name })),
        ),
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions\/(\d+)$/,
      version: '7.1',
      answer: ([id]) => {
        const definition = this.definitions.find((one) => String(one.id) === id);
        return definition ? ok(definition) : refused(404, 'no definition');
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions$/,
      version: '7.1',
      required: DEFINITION_FIELDS,
      answer: (_, __, body) => {
        if (this.definitions.some(({ name }) => name === body.name))
          return refused(409, 'The definition exists.');
        const definition = { ...body, id: this.nextId++, name: String(body.name), revision: 1 };
        return this.knowsConnectionOf(body)
          ? (this.definitions.push(definition), ok(definition))
          : refused(400, 'no such connection');
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions\/(\d+)$/,
      version: '7.1',
      required: [...DEFINITION_FIELDS, 'id', 'revision'],
      answer: ([id], _, body) => {
        const definition = this.definitions.find((one) => String(one.id) === id);
        if (!definition) return refused(404, 'no definition');
        if (definition.revision !== body.revision) return refused(409, 'The revision is old.');
        if (!this.knowsConnectionOf(body)) return refused(400, 'no such connection');
        return ok(Object.assign(definition, body, { revision: definition.revision + 1 }));
      },
    },
    {
      method: 'GET',
      path: PERMISSION_PATH,
      version: PREVIEW,
      answer: ([type, id]) =>
        this.hasResource(type ?? '', id ?? '')
          ? ok({
              resource: { type, id },
              pipelines: [],
              ...this.permissions.get(`${type ?? ''}/${id ?? ''}`),
            })
          : refused(404, 'no resource'),
    },
    {
      method: 'PATCH',
      path: PERMISSION_PATH,
      version: PREVIEW,
      required: ['pipelines'],
      answer: ([type = '', id = ''], _, body) => {
        const pipelines = body.pipelines as { id: number; authorized: boolean }[];
        if (!this.hasResource(type, id)) return refused(404, 'no resource');
        if (pipelines.some((one) => !this.definitions.some((definition) => definition.id === one.id)))
          return refused(400, 'no pipeline');
        const before = this.permissions.get(`${type}/${id}`);
        const others = (before?.pipelines ?? []).filter(
          (one) => !pipelines.some((other) => other.id === one.id),
        );
        const after = { ...before, ...body, pipelines: [...others, ...pipelines] };
        this.permissions.set(`${type}/${id}`, after);
        return ok(after);
      },
    },
  ];

  private queue(project: Json): Reply {
    this.pending = { id: randomUUID(), polls: this.polls, project };
    return ok({ id: this.pending.id, status: 'queued' }, 202);
  }

  private keepEndpoint(body: Json, existing: { id: string; name: string }): Reply {
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

  private settingsShown(settings: Json): Json {
    if (!Array.isArray(settings.approvers)) return settings;
    const approvers = (settings.approvers as { id: string }[]).map(({ id }) => ({
      displayName: 'Approvers',
      id,
    }));
    return { executionOrder: 'anyOrder', blockedApprovers: [], ...settings, approvers };
  }

  private knowsConnectionOf(body: Json): boolean {
    const { properties } = body.repository as { properties?: { connectedServiceId?: string } };
    return this.endpoints.some(({ id }) => id === properties?.connectedServiceId);
  }

  private hasResource(type: string, id: string): boolean {
    const ids: Record<string, (string | number)[]> = {
      endpoint: this.endpoints.map((one) => one.id),
      environment: this.environments.map((one) => one.id),
      variablegroup: this.groups.map((one) => one.id),
    };
    return ids[type]?.map(String).includes(id) === true;
  }
}

function isAbsent(body: Json, field: string): boolean {
  const value = field.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], body);
  return value === undefined || value === null || value === '';
}

function withoutSecrets<T extends Json>(endpoint: T): T {
  const { scheme, parameters } = endpoint.authorization as { scheme: string; parameters: Json };
  const shown = Object.entries(parameters).map(([name, value]) => [
    name,
    ['accessToken', 'apiToken', 'serviceAccountCertificate'].includes(name) ? null : value,
  ]);
  return { ...endpoint, authorization: { scheme, parameters: Object.fromEntries(shown) as Json } };
}

/** Fields of each kind: their absence is what the service answers with 400. */
function problemOfEndpoint(
  type: string,
  { scheme, parameters }: { scheme: string; parameters: Record<string, unknown> },
  data: Json,
): string | undefined {
  const needed: Record<string, [string[], string[]] | undefined> = {
    'github PersonalAccessToken': [['accessToken'], []],
    'azurerm WorkloadIdentityFederation': [
      ['tenantid', 'serviceprincipalid'],
      ['environment', 'scopeLevel', 'subscriptionId', 'subscriptionName', 'creationMode'],
    ],
    'dockerregistry WorkloadIdentityFederation': [
      ['tenantId', 'serviceprincipalid', 'loginServer', 'scope'],
      ['registryId', 'registrytype', 'subscriptionId', 'subscriptionName', 'creationMode'],
    ],
    'kubernetes Token': [['apiToken', 'serviceAccountCertificate'], ['authorizationType']],
  };
  const fields = needed[`${type} ${scheme}`];
  if (!fields) return `Type ${type} has no scheme ${scheme}.`;
  const lacking = [
    ...fields[0].filter((name) => !parameters[name]),
    ...fields[1].filter((name) => !data[name]),
  ];
  return lacking.length > 0 ? `The connection lacks ${lacking.join(', ')}.` : undefined;
}

function problemOfCheck(body: Json, identities: { id: string }[]): string | undefined {
  const { type, settings } = body as { type: { id: string }; settings: Json };
  if (type.id === '8c6f20a7-a545-4486-9777-f762fafe0d4d') {
    const approvers = (settings.approvers ?? []) as { id: string }[];
    return approvers.length > 0 && approvers.every(({ id }) => identities.some((one) => one.id === id))
      ? undefined
      : 'approvers';
  }
  if (type.id !== 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7') return `There is no check type ${type.id}.`;
  const { id, version } = settings.definitionRef as { id: string; version: string };
  const inputs = settings.inputs as Json;
  return id === '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b' &&
    version === '0.0.1' &&
    typeof inputs.allowedBranches === 'string'
    ? undefined
    : 'The task check has no such definition.';
}
