import type { Action } from './plan';
import type { Endpoint, State } from './state';
import { NAMES } from './wanted';

const SIGNS = { create: '+', update: '~', same: '=' };

/** The plan for people: a line for each thing, and one for each field that changes. */
export function reportPlan(actions: readonly Action[]): string[] {
  return actions.flatMap(({ verb, title, changes, missing }) => [
    `${SIGNS[verb]} ${verb.padEnd(6)} ${title}`,
    ...(verb === 'update'
      ? changes.map(({ field, from, to }) => `           ${field}: ${shown(from)} → ${shown(to)}`)
      : []),
    ...missing.map((name) => `           needs the environment variable ${name}`),
  ]);
}

/** What Azure has to know so that it believes the connections: a federated credential for each. */
export function reportFederation(state: State): string[] {
  const known = [NAMES.azure, NAMES.registry].flatMap((name) => {
    const found = federation(state.connections[name]);
    return found ? [{ name, ...found }] : [];
  });
  if (known.length === 0) return [];
  return [
    '',
    'For the .bicepparam file of samples/infra:',
    'param pipelineConnections = [',
    ...known.flatMap(({ name, issuer, subject }) => [
      '  {',
      `    name: '${name}'`,
      `    issuer: '${issuer}'`,
      `    subject: '${subject}'`,
      '  }',
    ]),
    ']',
  ];
}

function federation(endpoint?: Endpoint): { issuer: string; subject: string } | undefined {
  const { workloadIdentityFederationIssuer: issuer, workloadIdentityFederationSubject: subject } =
    endpoint?.authorization?.parameters ?? {};
  return issuer && subject ? { issuer, subject } : undefined;
}

function shown(value: unknown): string {
  return value === undefined || value === null ? 'absent' : JSON.stringify(value);
}
