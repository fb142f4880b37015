import { createHash } from 'node:crypto';
import type { Resources, ServiceConnection } from './connections';
import type { Masker } from './masker';
import type { TaskDefinition } from './taskDefinition';

/** The GUID of a service connection. */
export function connectionId(name: string, connection: ServiceConnection): string {
  if (connection.id !== undefined) return connection.id;
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** Authorisation parameters that the agent does not mask (Agent.Worker/Worker.cs). */
const PUBLIC_PARAMETERS = new Set(
  'authenticationtype loginserver scope role audience tenantid serviceprincipalid registry username email clustercontext'.split(
    ' ',
  ),
);

/**
 * Names in `connectedService:` inputs become GUIDs; what is behind them goes to the environment, and of no other
 * connection (Agent.Worker/Handlers/Handler.cs).
 * @throws Error for a name that the resources file does not know
 */
export function resolveConnections(
  definition: TaskDefinition,
  inputs: Record<string, string>,
  resources: Resources,
  masker: Masker,
): { inputs: Record<string, string>; environment: Record<string, string> } {
  const resolved = { ...inputs };
  const environment: Record<string, string> = {};
  const { accessToken } = resources.agent ?? {};
  if (accessToken !== undefined) {
    Object.assign(environment, environmentOf('SYSTEMVSSCONNECTION', serverConnection(accessToken)));
    masker.addVariable(accessToken);
  }
  for (const { name: input, type } of definition.inputs) {
    const value = inputs[input];
    if (!type.startsWith('connectedService:') || !value) continue;
    const ids = value.split(',').map((name) => {
      const connection = resources.serviceConnections?.[name.trim()];
      if (connection === undefined) {
        const known = Object.keys(resources.serviceConnections ?? {}).join(', ') || 'none';
        throw new Error(
          `${definition.name}: there is no service connection '${name}' for the input '${input}'; the resources file has: ${known}.`,
        );
      }
      const id = connectionId(name.trim(), connection);
      Object.assign(environment, environmentOf(id, connection));
      for (const [key, parameter] of Object.entries(connection.parameters)) {
        if (!PUBLIC_PARAMETERS.has(key.toLowerCase())) masker.addVariable(parameter);
      }
      return id;
    });
    resolved[input] = ids.join(',');
  }
  return { inputs: resolved, environment };
}

/** The connection to the server itself, which every task has. */
function serverConnection(accessToken: string): ServiceConnection {
  return {
    type: 'System',
    url: 'https://localhost/',
    scheme: 'OAuth',
    parameters: { AccessToken: accessToken },
  };
}

function environmentOf(
  id: string,
  { url, scheme, parameters, data = {} }: ServiceConnection,
): Record<string, string> {
  const keyed = (prefix: string, values: Record<string, string>): [string, string][] =>
    Object.entries(values).map(([key, value]) => [`${prefix}_${id}_${key.toUpperCase()}`, value]);
  return {
    [`ENDPOINT_URL_${id}`]: url,
    [`ENDPOINT_AUTH_${id}`]: JSON.stringify({ parameters, scheme }),
    [`ENDPOINT_AUTH_SCHEME_${id}`]: scheme,
    [`ENDPOINT_DATA_${id}`]: JSON.stringify(data),
    ...Object.fromEntries([...keyed('ENDPOINT_AUTH_PARAMETER', parameters), ...keyed('ENDPOINT_DATA', data)]),
  };
}
