import type { Client, Json } from './client';
import { NAMES, type Wanted } from './wanted';

const PREVIEW = '7.1-preview.1';

export interface Endpoint extends Json {
  id: string;
  name: string;
  authorization?: { scheme?: string; parameters?: Record<string, string | null> };
}

export interface Check extends Json {
  id: number;
  type: { id: string };
  settings?: { definitionRef?: { id?: string } } & Json;
}

export interface VariableGroup extends Json {
  id: number;
  variables: Record<string, { value?: string | null; isSecret?: boolean | null }>;
}

export interface Definition extends Json {
  id: number;
  process?: { yamlFilename?: string };
  repository?: { id?: string; type?: string; properties?: { connectedServiceId?: string } };
}

/** Which pipelines may use a resource. */
export interface Permission {
  allPipelines?: { authorized?: boolean } | null;
  pipelines?: { id: number; authorized: boolean }[] | null;
}

/** What Azure DevOps holds of that which is wanted. */
export interface State {
  project?: { id: string; name: string; state?: string } & Json;
  connections: Record<string, Endpoint>;
  /** By name, with their checks. */
  environments: Record<string, { id: number; checks: Check[] }>;
  variables?: VariableGroup;
  pipeline?: Definition;
  /** By `type/id`. */
  permissions: Record<string, Permission>;
}

interface List<T> {
  value: T[];
}

/**
 * Reads only. Pages under https://learn.microsoft.com/rest/api/azure/devops/ (?view=azure-devops-rest-7.1):
 * core/projects/get, serviceendpoint/endpoints/get-service-endpoints-by-names, distributedtask/environments/list,
 * approvalsandchecks/check-configurations/list, distributedtask/variablegroups/get-variable-groups, build/definitions/list and
 * get, approvalsandchecks/pipeline-permissions/get.
 */
export async function readState(
  client: Client,
  { project: { name: projectName }, ...wanted }: Wanted,
): Promise<State> {
  const empty: State = { connections: {}, environments: {}, permissions: {} };
  const project = await client.find<State['project']>({
    method: 'GET',
    path: `_apis/projects/${encodeURIComponent(projectName)}`,
  });
  if (!project) return empty;
  const path = `${project.id}/_apis`;
  const list = async <T>(rest: string, query: Record<string, string>, version?: string): Promise<T[]> =>
    (await client.send<List<T>>({ method: 'GET', path: `${path}/${rest}`, query, version })).value;

  const environmentNamed = async (name: string): Promise<[string, State['environments'][string]][]> => {
    const named = await list<{ id: number; name: string }>('distributedtask/environments', { name }, PREVIEW);
    // Names that begin alike are in the answer, too.
    const found = named.find((one) => one.name === name);
    if (!found) return [];
    const query = { resourceType: 'environment', resourceId: String(found.id), $expand: 'settings' };
    const checks = await list<Check>('pipelines/checks/configurations', query, PREVIEW);
    return [[name, { id: found.id, checks }]];
  };
  const names = [NAMES.github, NAMES.azure, NAMES.registry, NAMES.kubernetes];
  const [endpoints, environments, groups, definitions] = await Promise.all([
    list<Endpoint>('serviceendpoint/endpoints', { endpointNames: names.join(','), includeFailed: 'true' }),
    Promise.all(wanted.environments.map(({ name }) => environmentNamed(name))),
    list<VariableGroup & { name: string }>('distributedtask/variablegroups', { groupName: NAMES.variables }),
    list<{ id: number; name: string }>('build/definitions', { name: wanted.pipeline.name }),
  ]);
  const found = definitions.find(({ name }) => name === wanted.pipeline.name);
  const state: State = {
    project,
    connections: Object.fromEntries(endpoints.map((endpoint) => [endpoint.name, endpoint])),
    environments: Object.fromEntries(environments.flat()),
    variables: groups.find(({ name }) => name === NAMES.variables),
    pipeline:
      found &&
      (await client.send<Definition>({ method: 'GET', path: `${path}/build/definitions/${found.id}` })),
    permissions: {},
  };
  for (const { type, id } of protectedResources(state)) {
    state.permissions[`${type}/${id}`] = await client.send<Permission>({
      method: 'GET',
      path: `${path}/pipelines/pipelinepermissions/${type}/${id}`,
      version: PREVIEW,
    });
  }
  return state;
}

/** What a pipeline needs leave to use, of what exists. */
export function protectedResources(
  state: Pick<State, 'connections' | 'environments' | 'variables'>,
): { type: string; id: string; name: string }[] {
  return [
    ...Object.values(state.connections).map(({ id, name }) => ({ type: 'endpoint', id, name })),
    ...Object.entries(state.environments).map(([name, { id }]) => ({
      type: 'environment',
      id: String(id),
      name,
    })),
    ...(state.variables
      ? [{ type: 'variablegroup', id: String(state.variables.id), name: NAMES.variables }]
      : []),
  ];
}
