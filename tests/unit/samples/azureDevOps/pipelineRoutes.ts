import { list, ok, PREVIEW, refused, type Json, type Route } from './protocol';
import { problemOfCheck } from './rules';
import type { AzureDevOpsServer } from './server';

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

/** Environments, checks, variable groups, definitions and permissions. */
export function pipelineRoutes(server: AzureDevOpsServer): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/environments$/,
      version: PREVIEW,
      // A prefix matches, too.
      answer: (_, query) =>
        list(server.environments.filter(({ name }) => name.startsWith(query.get('name') ?? ''))),
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/environments$/,
      version: PREVIEW,
      required: ['name'],
      answer: (_, __, body) => {
        if (server.environments.some(({ name }) => name === body.name))
          return refused(409, 'The environment exists.');
        const environment = { ...body, id: server.nextId++, name: String(body.name) };
        server.environments.push(environment);
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
            ? server.checks
            : server.checks.map(({ settings: _settings, ...rest }) => rest);
        return list(shown.filter((check) => (check.resource as Json).id === query.get('resourceId')));
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/pipelines\/checks\/configurations$/,
      version: PREVIEW,
      required: ['type.id', 'settings', 'timeout', 'resource.type', 'resource.id'],
      answer: (_, __, body) => {
        const problem = problemOfCheck(body, server.identities);
        if (problem) return refused(400, problem);
        const check = { ...body, id: server.nextId++, settings: server.settingsShown(body.settings as Json) };
        server.checks.push(check);
        return ok(check);
      },
    },
    {
      method: 'PATCH',
      path: /^\/contoso\/[^/]+\/_apis\/pipelines\/checks\/configurations\/(\d+)$/,
      version: PREVIEW,
      required: ['type.id', 'settings', 'resource.id'],
      answer: ([id], _, body) => {
        const check = server.checks.find((one) => String(one.id) === id);
        const problem = problemOfCheck(body, server.identities);
        if (!check || problem) return refused(check ? 400 : 404, problem ?? 'no check');
        Object.assign(check, body, { settings: server.settingsShown(body.settings as Json) });
        return ok(check);
      },
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/distributedtask\/variablegroups$/,
      version: '7.1',
      answer: (_, query) =>
        list(
          server.groups
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
        if (server.groups.some(({ name }) => name === body.name))
          return refused(409, 'The variable group exists.');
        const group = {
          ...body,
          id: server.nextId++,
          name: String(body.name),
          variables: body.variables as never,
        };
        server.groups.push(group);
        return ok({ ...group, variables: {} });
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/_apis\/distributedtask\/variablegroups\/(\d+)$/,
      version: '7.1',
      required: GROUP_FIELDS,
      answer: ([id], _, body) => {
        const group = server.groups.find((one) => String(one.id) === id);
        if (!group) return refused(404, 'no group');
        const before = group.variables;
        group.variables = Object.fromEntries(
          Object.entries(body.variables as typeof before).map(([name, one]) => [
            name,
            one.isSecret && (one.value === null || one.value === undefined) ? (before[name] ?? one) : one,
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
          server.definitions
            .filter(({ name }) => name === query.get('name'))
            .map(({ id, name }) => ({ id, name })),
        ),
    },
    {
      method: 'GET',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions\/(\d+)$/,
      version: '7.1',
      answer: ([id]) => {
        const definition = server.definitions.find((one) => String(one.id) === id);
        return definition ? ok(definition) : refused(404, 'no definition');
      },
    },
    {
      method: 'POST',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions$/,
      version: '7.1',
      required: DEFINITION_FIELDS,
      answer: (_, __, body) => {
        if (server.definitions.some(({ name }) => name === body.name))
          return refused(409, 'The definition exists.');
        const definition = { ...body, id: server.nextId++, name: String(body.name), revision: 1 };
        return server.knowsConnectionOf(body)
          ? (server.definitions.push(definition), ok(definition))
          : refused(400, 'no such connection');
      },
    },
    {
      method: 'PUT',
      path: /^\/contoso\/[^/]+\/_apis\/build\/definitions\/(\d+)$/,
      version: '7.1',
      required: [...DEFINITION_FIELDS, 'id', 'revision'],
      answer: ([id], _, body) => {
        const definition = server.definitions.find((one) => String(one.id) === id);
        if (!definition) return refused(404, 'no definition');
        if (definition.revision !== body.revision) return refused(409, 'The revision is old.');
        if (!server.knowsConnectionOf(body)) return refused(400, 'no such connection');
        return ok(Object.assign(definition, body, { revision: definition.revision + 1 }));
      },
    },
    {
      method: 'GET',
      path: PERMISSION_PATH,
      version: PREVIEW,
      answer: ([type, id]) =>
        server.hasResource(type ?? '', id ?? '')
          ? ok({
              resource: { type, id },
              pipelines: [],
              ...server.permissions.get(`${type ?? ''}/${id ?? ''}`),
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
        if (!server.hasResource(type, id)) return refused(404, 'no resource');
        if (pipelines.some((one) => !server.definitions.some((definition) => definition.id === one.id)))
          return refused(400, 'no pipeline');
        const before = server.permissions.get(`${type}/${id}`);
        const others = (before?.pipelines ?? []).filter(
          (one) => !pipelines.some((other) => other.id === one.id),
        );
        const after = { ...before, ...body, pipelines: [...others, ...pipelines] };
        server.permissions.set(`${type}/${id}`, after);
        return ok(after);
      },
    },
  ];
}
