import { UserError } from '../../../tasks/common/errors';
import { differences, type Change } from './diff';
import type { Check, State } from './state';
import { NAMES, type Wanted, type WantedCheck, type WantedConnection } from './wanted';

export type Subject =
  | { kind: 'project' }
  | { kind: 'connection'; connection: WantedConnection }
  | { kind: 'environment' }
  | { kind: 'check'; check: WantedCheck; environment: string; id?: number }
  | { kind: 'variables' }
  | { kind: 'pipeline' }
  | { kind: 'permission'; type: 'endpoint' | 'environment' | 'variablegroup' };

export interface Action {
  verb: 'create' | 'update' | 'same';
  subject: Subject;
  /** For people, such as: service connection langflow-azure. */
  title: string;
  /** The name of what it is about. */
  name: string;
  /** What an update changes; never a secret's value. */
  changes: Change[];
  /** Environment variables without which it cannot be done. */
  missing: string[];
}

/**
 * What there is to do, in the order in which it has to be done.
 * @param setSecrets set secrets anew that exist: whether they are right cannot be seen
 */
export function plan(wanted: Wanted, state: State, setSecrets: boolean): Action[] {
  const { project } = state;
  if (project?.state !== undefined && project.state !== 'wellFormed') {
    throw new UserError(
      `Project ${project.name} is in state ${project.state}: wait until Azure DevOps is done with it, then run this again.`,
    );
  }
  return [
    action(
      { kind: 'project' },
      'project',
      wanted.project.name,
      project && differences(wanted.project.fields, project),
    ),
    ...wanted.connections.map((connection) => planConnection(connection, state, setSecrets)),
    ...wanted.environments.flatMap(({ name, checks }) => {
      const existing = state.environments[name];
      return [
        action({ kind: 'environment' }, 'environment', name, existing && []),
        ...checks.map((check) => planCheck(check, name, existing?.checks ?? [])),
      ];
    }),
    planVariables(wanted.variables, state, setSecrets),
    planPipeline(wanted.pipeline, state),
    ...wanted.connections.map(({ name }) =>
      planPermission('endpoint', name, state.connections[name]?.id, state),
    ),
    ...wanted.environments.map(({ name }) =>
      planPermission('environment', name, state.environments[name]?.id, state),
    ),
    planPermission('variablegroup', NAMES.variables, state.variables?.id, state),
  ];
}

function action(
  subject: Subject,
  title: string,
  name: string,
  changes?: Change[],
  missing: string[] = [],
): Action {
  const verb = !changes ? 'create' : changes.length > 0 ? 'update' : 'same';
  return {
    verb,
    subject,
    title: `${title} ${name}`,
    name,
    changes: changes ?? [],
    missing: verb === 'same' ? [] : missing,
  };
}

function planConnection(connection: WantedConnection, state: State, setSecrets: boolean): Action {
  const { name, fields, secret } = connection;
  const existing = state.connections[name];
  const changes = existing && [
    ...differences(fields, existing),
    ...(setSecrets && secret ? [{ field: 'secret', from: '***', to: '*** (set anew)' }] : []),
  ];
  return action({ kind: 'connection', connection }, 'service connection', name, changes, secret?.missing);
}

function planCheck(check: WantedCheck, environment: string, existing: readonly Check[]): Action {
  const same = existing.find((other) => isSameKind(check, other));
  const changes = same && [
    ...differences(
      { timeout: check.timeout, settings: settingsOf(check.settings) },
      { ...same, settings: settingsOf(same.settings) },
    ),
    ...(same.isDisabled === true ? [{ field: 'isDisabled', from: true, to: false }] : []),
  ];
  const subject: Subject = { kind: 'check', check, environment, id: same?.id };
  return action(subject, check.title, `of ${environment}`, changes);
}

/** Task Check is the type of more than branch control: its definition tells them apart. */
function isSameKind(check: WantedCheck, other: Check): boolean {
  const definition = (settings: object | undefined): string | undefined =>
    (settings as Check['settings'])?.definitionRef?.id?.toLowerCase();
  return (
    other.type.id.toLowerCase() === check.type.id && definition(check.settings) === definition(other.settings)
  );
}

/** Approvers come back with names and pictures, in any order: only their ids count. */
function settingsOf(settings: Record<string, unknown> | undefined): Record<string, unknown> {
  if (!settings || !Array.isArray(settings.approvers)) return settings ?? {};
  const ids = (settings.approvers as { id: string }[]).map(({ id }) => id.toLowerCase()).sort();
  return { ...settings, approvers: ids };
}

function planVariables(wanted: Wanted['variables'], state: State, setSecrets: boolean): Action {
  const variables = state.variables?.variables;
  const secret = variables?.[wanted.secret.name];
  const secretIsSet = secret?.isSecret === true && !setSecrets;
  const changes = variables && [
    ...Object.entries(wanted.plain).flatMap(([name, value]) =>
      name in variables
        ? differences(value, variables[name]?.value, name)
        : [{ field: name, from: undefined, to: value }],
    ),
    ...(secretIsSet
      ? []
      : [{ field: wanted.secret.name, from: secret ? '***' : undefined, to: '*** (secret, set anew)' }]),
  ];
  const missing = secretIsSet || wanted.secret.value ? [] : [wanted.secret.from];
  return action({ kind: 'variables' }, 'variable group', wanted.name, changes, missing);
}

function planPipeline({ name, yaml, repository }: Wanted['pipeline'], state: State): Action {
  const existing = state.pipeline;
  const connection = state.connections[NAMES.github]?.id;
  const changes =
    existing &&
    differences(
      {
        yaml,
        repository: `GitHub ${repository}`,
        connection: connection ?? `the new ${NAMES.github}`,
      },
      {
        yaml: existing.process?.yamlFilename?.replace(/^\//, ''),
        repository: `${existing.repository?.type ?? ''} ${existing.repository?.id ?? ''}`,
        connection: existing.repository?.properties?.connectedServiceId,
      },
    );
  return action({ kind: 'pipeline' }, 'pipeline', name, changes);
}

/** The pipeline may use it without asking at its first run, and no other may unless somebody permits it. */
function planPermission(
  type: 'endpoint' | 'environment' | 'variablegroup',
  name: string,
  id: string | number | undefined,
  state: State,
): Action {
  const permission = id === undefined ? undefined : state.permissions[`${type}/${id}`];
  const pipeline = state.pipeline?.id;
  const isOpen = permission?.allPipelines?.authorized === true;
  const isPermitted =
    permission?.pipelines?.some((other) => other.id === pipeline && other.authorized) === true;
  const changes = [
    ...(isOpen ? [{ field: 'open to every pipeline', from: true, to: false }] : []),
    ...(isPermitted ? [] : [{ field: 'permitted', from: false, to: true }]),
  ];
  const created = permission === undefined || pipeline === undefined;
  return action(
    { kind: 'permission', type },
    'permission to use',
    name,
    created && !isOpen ? undefined : changes,
  );
}
