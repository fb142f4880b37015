import { createRequire } from 'node:module';

/** task-lib moves inputs and secrets into this vault when it is imported, so a test that sets an input later must too. */
interface Internal {
  _vault: { storeSecret(name: string, value: string): void };
}
const internal = createRequire(import.meta.url)('azure-pipelines-task-lib/internal') as Internal;

/** Sets inputs as the agent would have done at the start of the step; an empty text takes one away. */
export function setInputs(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    internal._vault.storeSecret(`INPUT_${name.toUpperCase()}`, value);
  }
}

/** Sets a service connection: url, authorisation scheme and parameters, data. */
export function setConnection(
  id: string,
  connection: {
    url?: string;
    scheme: string;
    parameters: Record<string, string>;
    data?: Record<string, string>;
  },
): void {
  process.env[`ENDPOINT_URL_${id}`] = connection.url ?? 'http://localhost';
  internal._vault.storeSecret(`ENDPOINT_AUTH_SCHEME_${id}`, connection.scheme);
  for (const [key, value] of Object.entries(connection.parameters)) {
    internal._vault.storeSecret(`ENDPOINT_AUTH_PARAMETER_${id}_${key.toUpperCase()}`, value);
  }
  for (const [key, value] of Object.entries(connection.data ?? {})) {
    process.env[`ENDPOINT_DATA_${id}_${key.toUpperCase()}`] = value;
  }
}

/** What the process printed on stdout while `act` ran: the logging commands among it. */
export async function printedBy(act: () => unknown): Promise<string> {
  const write = process.stdout.write.bind(process.stdout);
  let printed = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    printed += chunk.toString();
    return true;
  };
  try {
    await act();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}
