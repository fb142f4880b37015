import { systemClock, type Clock } from '../../../tasks/common/clock';
import { UserError } from '../../../tasks/common/errors';
import type { Client, Json } from './client';
import { merged } from './diff';
import type { Action } from './plan';
import type { Definition, Endpoint, State, VariableGroup } from './state';
import { connectionBody, NAMES, type Wanted, type WantedCheck, type WantedConnection } from './wanted';

const PREVIEW = '7.1-preview.1';
/** The process Agile, the same in every organization: core/projects/create wants one. */
const AGILE = 'adcc42ab-9882-485e-a3ed-7678f01f66bc';
const OPERATION_MINUTES = 5;

/**
 * Does one action after the other; what each makes is kept in `state`, for those that need its id. Pages under
 * https://learn.microsoft.com/rest/api/azure/devops/ (?view=azure-devops-rest-7.1) are named at each function.
 */
export class Applier {
  constructor(
    private readonly client: Client,
    private readonly wanted: Wanted,
    private readonly state: State,
    private readonly clock: Clock = systemClock,
  ) {}

  async apply({ subject, verb, name }: Action): Promise<void> {
    if (verb === 'same') return;
    switch (subject.kind) {
      case 'project':
        return this.project();
      case 'connection':
        return this.connection(subject.connection);
      case 'environment':
        return this.environment(name);
      case 'check':
        return this.check(subject.check, subject.environment, subject.id);
      case 'variables':
        return this.variables();
      case 'pipeline':
        return this.pipeline();
      case 'permission':
        return this.permission(subject.type, name);
    }
  }

  /** core/projects/create and update answer with an operation; operations/operations/get tells when it is done. */
  private async project(): Promise<void> {
    const { name, fields } = this.wanted.project;
    const id = this.state.project?.id;
    const { id: operation } = await this.client.send<{ id: string }>(
      id === undefined
        ? {
            method: 'POST',
            path: '_apis/projects',
            body: {
              name,
              ...fields,
              capabilities: {
                versioncontrol: { sourceControlType: 'Git' },
                processTemplate: { templateTypeId: AGILE },
              },
            },
          }
        : { method: 'PATCH', path: `_apis/projects/${id}`, body: fields },
    );
    const end = this.clock.now() + OPERATION_MINUTES * 60_000;
    for (let status = ''; status !== 'succeeded';) {
      const answer = await this.client.send<{
        status: string;
        detailedMessage?: string;
        resultMessage?: string;
      }>({
        method: 'GET',
        path: `_apis/operations/${operation}`,
      });
      status = answer.status;
      if (status === 'failed' || status === 'cancelled') {
        throw new UserError(
          `Project ${name}: ${status}. ${answer.detailedMessage ?? answer.resultMessage ?? ''}`,
        );
      }
      if (status === 'succeeded') break;
      if (this.clock.now() > end) {
        throw new UserError(
          `Project ${name} is not ready after ${OPERATION_MINUTES} minutes (${status}). Run it again later.`,
        );
      }
      await this.clock.sleep(2000);
    }
    this.state.project = await this.client.send({
      method: 'GET',
      path: `_apis/projects/${encodeURIComponent(name)}`,
    });
  }

  /** serviceendpoint/endpoints/create and update-service-endpoint: an update replaces the whole connection. */
  private async connection(connection: WantedConnection): Promise<void> {
    const { name } = connection;
    const existing = this.state.connections[name];
    const { id, name: projectName } = this.projectOf();
    const body: Json = {
      ...merged(existing, connectionBody(connection)),
      name,
      serviceEndpointProjectReferences: [{ name, projectReference: { id, name: projectName } }],
    };
    this.state.connections[name] = await this.client.send<Endpoint>(
      existing
        ? { method: 'PUT', path: `_apis/serviceendpoint/endpoints/${existing.id}`, body }
        : { method: 'POST', path: '_apis/serviceendpoint/endpoints', body },
    );
  }

  /** distributedtask/environments/add */
  private async environment(name: string): Promise<void> {
    const { id } = await this.client.send<{ id: number }>({
      method: 'POST',
      path: `${this.projectOf().id}/_apis/distributedtask/environments`,
      version: PREVIEW,
      body: { name, description: 'Releases of Langflow' },
    });
    this.state.environments[name] = { id, checks: [] };
  }

  /** approvalsandchecks/check-configurations/add and update */
  private async check(
    { type, timeout, settings }: WantedCheck,
    environment: string,
    id?: number,
  ): Promise<void> {
    const path = `${this.projectOf().id}/_apis/pipelines/checks/configurations`;
    const resource = {
      type: 'environment',
      id: String(this.state.environments[environment]?.id),
      name: environment,
    };
    const body = { type, timeout, settings, resource };
    await this.client.send(
      id === undefined
        ? { method: 'POST', path, version: PREVIEW, body }
        : {
            method: 'PATCH',
            path: `${path}/${id}`,
            version: PREVIEW,
            body: { ...body, id, isDisabled: false },
          },
    );
  }

  /**
   * distributedtask/variablegroups/add and update: an update replaces all variables, so other people's are sent back. A secret
   * that is sent back as it was read, with the value null, keeps its value.
   */
  private async variables(): Promise<void> {
    const { name, plain, secret } = this.wanted.variables;
    const existing = this.state.variables;
    const project = this.projectOf();
    const body = {
      name,
      type: 'Vsts',
      description: existing?.description ?? 'For the pipelines of Langflow',
      variables: {
        ...existing?.variables,
        ...Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, { value }])),
        ...(secret.value !== undefined ? { [secret.name]: { value: secret.value, isSecret: true } } : {}),
      },
      variableGroupProjectReferences: [{ name, projectReference: { id: project.id, name: project.name } }],
    };
    this.state.variables = await this.client.send<VariableGroup>(
      existing
        ? { method: 'PUT', path: `_apis/distributedtask/variablegroups/${existing.id}`, body }
        : { method: 'POST', path: '_apis/distributedtask/variablegroups', body },
    );
  }

  /**
   * build/definitions/create and update. pipelines/pipelines/create documents only repositories of Azure Repos; here
   * BuildRepository has a field for the connection.
   */
  private async pipeline(): Promise<void> {
    const { name, yaml, repository } = this.wanted.pipeline;
    const path = `${this.projectOf().id}/_apis/build/definitions`;
    const existing = this.state.pipeline;
    const source: Json = {
      // 2: YAML
      process: { type: 2, yamlFilename: yaml },
      repository: {
        id: repository,
        name: repository,
        type: 'GitHub',
        url: `https://github.com/${repository}.git`,
        properties: {
          connectedServiceId: this.state.connections[NAMES.github]?.id,
          apiUrl: `https://api.github.com/repos/${repository}`,
          fullName: repository,
        },
      },
    };
    this.state.pipeline = await this.client.send<Definition>(
      existing
        ? { method: 'PUT', path: `${path}/${existing.id}`, body: merged(existing, source) }
        : {
            method: 'POST',
            path,
            body: {
              ...source,
              name,
              path: '\\',
              type: 'build',
              queue: { name: 'Azure Pipelines', pool: { name: 'Azure Pipelines' } },
              // 2: the YAML file says when. Forks get neither builds nor secrets.
              triggers: [
                { triggerType: 'continuousIntegration', settingsSourceType: 2 },
                {
                  triggerType: 'pullRequest',
                  settingsSourceType: 2,
                  forks: { enabled: false, allowSecrets: false },
                },
              ],
            },
          },
    );
  }

  /** approvalsandchecks/pipeline-permissions/update-pipeline-permisions-for-resource */
  private async permission(type: 'endpoint' | 'environment' | 'variablegroup', name: string): Promise<void> {
    const ids = {
      endpoint: this.state.connections[name]?.id,
      environment: this.state.environments[name]?.id,
      variablegroup: this.state.variables?.id,
    };
    const id = String(ids[type]);
    const isOpen = this.state.permissions[`${type}/${id}`]?.allPipelines?.authorized === true;
    await this.client.send({
      method: 'PATCH',
      path: `${this.projectOf().id}/_apis/pipelines/pipelinepermissions/${type}/${id}`,
      version: PREVIEW,
      body: {
        ...(isOpen ? { allPipelines: { authorized: false } } : {}),
        pipelines: [{ id: this.state.pipeline?.id, authorized: true }],
      },
    });
  }

  private projectOf(): NonNullable<State['project']> {
    if (!this.state.project) throw new Error('no project');
    return this.state.project;
  }
}
