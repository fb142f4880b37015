import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import type { Resources } from './agent/connections';

/** The services that scripts/local-up keeps running, as the tests see them. */
export interface LocalEnvironment {
  /** What Azure DevOps would hold on its server: variable groups, service connections. */
  resources: Resources;
  /** Folder of everything that local-up made. */
  state: string;
  /** Address of the BuildKit daemon. */
  builder: string;
  /** Host and port of the registry. */
  registryHost: string;
  registryCredentials: { username: string; password: string };
  /** OCI reference of Trivy's vulnerability database. */
  databaseRepository: string;
  /** Text of the kubeconfig. */
  kubeconfig: string;
}

/** @throws Error when the local environment was never set up */
export function localEnvironment(): LocalEnvironment {
  const state = process.env.LANGFLOW_LOCAL_STATE ?? path.join(homedir(), '.local/state/langflow-delivery');
  const file = path.join(state, 'resources.yml');
  if (!existsSync(file)) throw new Error(`There is no ${file}: run scripts/local-up first.`);
  const resources = parse(readFileSync(file, 'utf8')) as Resources;
  const registry = parametersOf(resources, 'langflow-acr');
  return {
    resources,
    state,
    builder: variable(resources, 'builder'),
    registryHost: required(registry, 'registry').replace(/^https?:\/\//, ''),
    registryCredentials: {
      username: required(registry, 'username'),
      password: required(registry, 'password'),
    },
    databaseRepository: variable(resources, 'vulnerabilityDatabase'),
    kubeconfig: required(parametersOf(resources, 'langflow-aks'), 'kubeconfig'),
  };
}

function parametersOf(resources: Resources, connection: string): Record<string, string> {
  return resources.serviceConnections?.[connection]?.parameters ?? {};
}

function variable(resources: Resources, name: string): string {
  const value = resources.variableGroups?.['langflow-production']?.[name];
  return required({ [name]: typeof value === 'object' ? value.value : String(value ?? '') }, name);
}

function required(values: Record<string, string>, name: string): string {
  const value = values[name];
  if (!value) throw new Error(`resources.yml has no '${name}'; run scripts/local-up again.`);
  return value;
}
