import { randomUUID } from 'node:crypto';
import { list, ok, refused, type Route } from './protocol';
import { withoutSecrets } from './rules';
import type { AzureDevOpsServer } from './server';

const ENDPOINT_FIELDS = [
  'name',
  'type',
  'url',
  'authorization.scheme',
  'authorization.parameters',
  'serviceEndpointProjectReferences',
];

/** Identities, projects and service connections. */
export function projectRoutes(server: AzureDevOpsServer): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/identities$/,
      version: '7.1',
      answer: (_, query) =>
        query.get('searchFilter') === 'General'
          ? list(server.identities.filter((one) => one.providerDisplayName === query.get('filterValue')))
          : refused(400, 'searchFilter is required.'),
    },
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/projects\/([^/]+)$/,
      version: '7.1',
      answer: ([name]) =>
        server.project && (server.project.name === name || server.project.id === name)
          ? ok(server.project)
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
        if (server.project) return refused(409, 'TF200019: the project exists.');
        return server.queue({ id: randomUUID(), ...body, state: 'wellFormed' });
      },
    },
    {
      method: 'PATCH',
      path: /^\/contoso\/_apis\/projects\/([^/]+)$/,
      version: '7.1',
      answer: ([id], _, body) =>
        id === server.project?.id ? server.queue({ ...server.project, ...body }) : refused(404, 'TF200016'),
    },
    {
      method: 'GET',
      path: /^\/contoso\/_apis\/operations\/([^/]+)$/,
      version: '7.1',
      answer: ([id]) => {
        const { pending } = server;
        if (pending?.id !== id || !pending) return refused(404, 'no operation');
        if (pending.polls-- > 0) return ok({ id, status: 'inProgress' });
        if (server.failProject !== undefined)
          return ok({ id, status: 'failed', detailedMessage: server.failProject });
        server.project = pending.project as AzureDevOpsServer['project'];
        return ok({ id, status: 'succeeded' });
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/serviceendpoint\/endpoints$/,
      version: '7.1',
      answer: (_, query) => {
        const names = query.get('endpointNames')?.split(',') ?? [];
        return list(server.endpoints.filter(({ name }) => names.includes(name)).map(withoutSecrets));
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/_apis\/serviceendpoint\/endpoints$/,
      version: '7.1',
      required: ENDPOINT_FIELDS,
      answer: (_, __, body) => {
        if (server.endpoints.some(({ name }) => name === body.name))
          return refused(409, 'The service connection exists.');
        return server.keepEndpoint(body, { id: randomUUID(), name: String(body.name) });
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/_apis\/serviceendpoint\/endpoints\/([^/]+)$/,
      version: '7.1',
      required: ENDPOINT_FIELDS,
      answer: ([id], _, body) => {
        const existing = server.endpoints.find((endpoint) => endpoint.id === id);
        return existing ? server.keepEndpoint(body, existing) : refused(404, 'no endpoint');
      },
    },
  ];
}
