import { info } from '../../common/agent/log';
import { InputError, UserError } from '../../common/errors';
import type { KubernetesClient } from '../../common/kubernetes/client';
import { parseChecks } from '../checksFile';
import type { VariablePlan } from '../run';
import { parseTarget } from '../target';
import { discoverBackend, type Backend } from './discover';
import { langflowSuite, type SuiteSettings } from './langflow';

/** What the inputs say of the built-in checks. */
export interface SuiteInputs {
  /** `service/backend:7860`. */
  backend: string;
  frontend: string | undefined;
  /** `deployment/worker`. */
  worker: string | undefined;
  publicAddress: URL | undefined;
  langflowVersion: string | undefined;
  /** `2m`. */
  stableFor: string | undefined;
}

const DEFAULT_METRICS_PORT = '9090';

/**
 * The built-in checks for what runs in the namespace.
 * @param variables of the step; SUPERUSER, SUPERUSER_PASSWORD and API_KEY among them win over what the backend has
 * @throws UserError when the backend is not found, or nobody knows how to log in
 */
export async function suitePlan(
  inputs: SuiteInputs,
  client: KubernetesClient,
  namespace: string,
  variables: Readonly<Record<string, string>>,
): Promise<VariablePlan> {
  const target = parseTarget(inputs.backend);
  if (typeof target === 'string' || target.kind === 'url') {
    throw new InputError('backend', inputs.backend, 'service/<name>:<port> of the namespace');
  }
  const backend = await discoverBackend(client, namespace, target);
  const login = loginOf(variables, backend);
  const metrics = metricsOf(backend);
  if (metrics === undefined) {
    info(
      'The built-in checks leave out the metrics: LANGFLOW_PROMETHEUS_ENABLED of the backend is not true.',
    );
  }
  const settings: SuiteSettings = {
    ...inputs,
    backendWorkload: backend.workload,
    metrics,
    credentials: login.API_KEY === undefined ? 'password' : 'apiKey',
  };
  const all = { ...variables, ...login };
  // JSON is YAML: the same reader, and the same rules, as for a file.
  return {
    plan: withoutPlaces(parseChecks(JSON.stringify(langflowSuite(settings)), 'the built-in checks', all)),
    variables: all,
  };
}

function loginOf(
  variables: Readonly<Record<string, string>>,
  { env, workload }: Backend,
): Record<string, string> {
  if (variables.API_KEY !== undefined) return { API_KEY: variables.API_KEY };
  const user = variables.SUPERUSER ?? env.LANGFLOW_SUPERUSER;
  const password = variables.SUPERUSER_PASSWORD ?? env.LANGFLOW_SUPERUSER_PASSWORD;
  if (user !== undefined && password !== undefined) return { SUPERUSER: user, SUPERUSER_PASSWORD: password };
  throw new UserError(
    `Nothing says how to log in: ${workload} has no LANGFLOW_SUPERUSER and LANGFLOW_SUPERUSER_PASSWORD that this connection ` +
      "may read, and neither the input 'variables' nor the input 'secrets' gives SUPERUSER and SUPERUSER_PASSWORD, or API_KEY.",
  );
}

/** Langflow serves them on a port of their own (langflow/main.py). */
function metricsOf({ env, workload }: Backend): string | undefined {
  const port = env.LANGFLOW_PROMETHEUS_PORT;
  if (port === undefined && env.LANGFLOW_PROMETHEUS_ENABLED?.toLowerCase() !== 'true') return undefined;
  return `${workload}:${port ?? DEFAULT_METRICS_PORT}`;
}

/** Built-in checks stand in no file that anybody could open. */
function withoutPlaces({ first, groups }: VariablePlan['plan']): VariablePlan['plan'] {
  return {
    first,
    groups: groups.map(({ name, checks }) => ({
      name,
      checks: checks.map((check) => ({ ...check, place: undefined })),
    })),
  };
}
