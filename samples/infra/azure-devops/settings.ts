import { readFileSync } from 'node:fs';
import { Ajv, type JSONSchemaType } from 'ajv';
import { messageOf, UserError } from '../../../tasks/common/errors';
import { plural } from '../../../tasks/common/plural';
import { YamlFile } from '../../../tasks/common/yaml';

const CHECKS = ['approval', 'branchControl'] as const;
export type CheckName = (typeof CHECKS)[number];

/** What settings.yml says. Secrets come from the environment: credentials.ts. */
export interface Settings {
  /** Address of the organization, without a slash at its end. */
  organization: string;
  project: { name: string; description: string };
  azure: {
    tenantId: string;
    subscriptionId: string;
    subscriptionName: string;
    resourceGroup: string;
    /** Name of the registry, without domain. */
    registry: string;
    /** Client id of the identity that the pipeline acts as. */
    pipelineClientId: string;
  };
  /** Absent: no connection langflow-aks. */
  kubernetes?: { server: string };
  /** owner/name */
  github: { repository: string };
  pipeline: { name: string; yaml: string };
  /** Each with the checks that guard it, which the next two sections describe. */
  environments: { name: string; checks: CheckName[] }[];
  approval: { approvers: string[]; minimum: number; timeoutMinutes: number; instructions: string };
  branchControl: { allowedBranches: string[]; requireProtection: boolean };
  variables: { builder: string; vulnerabilityDatabase: string; keyVault: string; namespace: string };
}

const text = (
  description: string,
  pattern = '\\S',
): { type: 'string'; pattern: string; description: string } => ({
  type: 'string',
  pattern,
  description,
});
const guid = (what: string) =>
  text(`${what}, a GUID`, '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$');

const SCHEMA: JSONSchemaType<Settings> = {
  type: 'object',
  required: [
    'organization',
    'project',
    'azure',
    'github',
    'pipeline',
    'environments',
    'approval',
    'branchControl',
    'variables',
  ],
  additionalProperties: false,
  properties: {
    // A token must not travel in clear text; loopback is for tests.
    organization: text(
      "the organization's address, such as https://dev.azure.com/contoso",
      '^(https://[^/]+|http://127\\.0\\.0\\.1:\\d+)/[^/?#]+/?$',
    ),
    project: {
      type: 'object',
      required: ['name', 'description'],
      additionalProperties: false,
      properties: {
        name: text('a project name', '^[^/\\\\:?*"<>|;#${},+=\\[\\]]+$'),
        description: { type: 'string' },
      },
    },
    azure: {
      type: 'object',
      required: [
        'tenantId',
        'subscriptionId',
        'subscriptionName',
        'resourceGroup',
        'registry',
        'pipelineClientId',
      ],
      additionalProperties: false,
      properties: {
        tenantId: guid('the Entra tenant'),
        subscriptionId: guid('the subscription'),
        subscriptionName: text('the name of the subscription'),
        resourceGroup: text('the resource group of the registry', '^[\\w().-]+$'),
        registry: text('the name of the registry, without .azurecr.io', '^[a-zA-Z0-9]{5,50}$'),
        pipelineClientId: guid('the client id of the pipeline identity'),
      },
    },
    kubernetes: {
      type: 'object',
      required: ['server'],
      additionalProperties: false,
      nullable: true,
      properties: {
        server: text('the address of the API server, such as https://…:443', '^https://[^/]+/?$'),
      },
    },
    github: {
      type: 'object',
      required: ['repository'],
      additionalProperties: false,
      properties: { repository: text('owner/name', '^[\\w.-]+/[\\w.-]+$') },
    },
    pipeline: {
      type: 'object',
      required: ['name', 'yaml'],
      additionalProperties: false,
      properties: {
        name: text('the name of the pipeline'),
        yaml: text("the YAML file's path in the repository", '^[^/\\\\].*\\.ya?ml$'),
      },
    },
    environments: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'checks'],
        additionalProperties: false,
        properties: {
          name: text("an environment's name, as a pipeline says it", '^[\\w-]+$'),
          checks: { type: 'array', uniqueItems: true, items: { type: 'string', enum: CHECKS } },
        },
      },
    },
    approval: {
      type: 'object',
      required: ['approvers', 'minimum', 'timeoutMinutes', 'instructions'],
      additionalProperties: false,
      properties: {
        approvers: {
          type: 'array',
          minItems: 1,
          uniqueItems: true,
          items: text('a name, mail address or id'),
        },
        minimum: { type: 'integer', minimum: 1 },
        timeoutMinutes: { type: 'integer', minimum: 1, maximum: 43200 },
        instructions: { type: 'string' },
      },
    },
    branchControl: {
      type: 'object',
      required: ['allowedBranches', 'requireProtection'],
      additionalProperties: false,
      properties: {
        allowedBranches: {
          type: 'array',
          minItems: 1,
          items: text('a full ref, such as refs/heads/main', '^refs/[^,\\s]+$'),
        },
        requireProtection: { type: 'boolean' },
      },
    },
    variables: {
      type: 'object',
      required: ['builder', 'vulnerabilityDatabase', 'keyVault', 'namespace'],
      additionalProperties: false,
      properties: {
        builder: { type: 'string' },
        vulnerabilityDatabase: { type: 'string' },
        keyVault: text('the name of the vault', '^[a-zA-Z][a-zA-Z0-9-]{2,23}$'),
        namespace: text('a Kubernetes namespace', '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
      },
    },
  },
};

const validate = new Ajv({ verbose: true, allErrors: true }).compile<Settings>(SCHEMA);

/**
 * @param file path of the settings
 * @throws UserError with file and line of the first mistake
 */
export function readSettings(file: string): Settings {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file}: the settings cannot be read: ${messageOf(error)}`);
  }
  const yaml = new YamlFile(file, content);
  const settings = yaml.as(validate);
  const { approvers, minimum } = settings.approval;
  if (minimum > approvers.length) {
    throw yaml.mistake(
      ['approval', 'minimum'],
      `approval.minimum is ${minimum}, but there ${approvers.length === 1 ? 'is' : 'are'} ${plural(approvers.length, 'approver')}: ` +
        'nothing could ever be approved. A group counts as one.',
    );
  }
  return { ...settings, organization: settings.organization.replace(/\/$/, '') };
}
