import type { Json } from './client';
import { SECRET_VARIABLES, type Secrets } from './credentials';
import { merged } from './diff';
import type { CheckName, Settings } from './settings';

/** Names that the pipelines under samples/ say. */
export const NAMES = {
  github: 'langflow-github',
  azure: 'langflow-azure',
  registry: 'langflow-acr',
  kubernetes: 'langflow-aks',
  variables: 'langflow-production',
} as const;

export interface WantedConnection {
  name: string;
  /** What is compared with an existing one. */
  fields: Json;
  /** Sent when it is made, changed, or when secrets are set anew: Azure DevOps never shows it. */
  secret?: { authorization: Json; missing: string[] };
}

/** One kind of check of an environment. */
export interface WantedCheck {
  title: 'approval' | 'branch control';
  type: { id: string; name: string };
  timeout: number;
  settings: Json;
}

export interface Wanted {
  project: { name: string; fields: Json };
  connections: WantedConnection[];
  environments: { name: string; checks: WantedCheck[] }[];
  variables: {
    name: string;
    plain: Record<string, string>;
    secret: { name: string; value?: string; from: string };
  };
  pipeline: { name: string; yaml: string; repository: string };
}

/**
 * What Azure DevOps should hold.
 * @param approvers ids of identities
 */
export function wanted(settings: Settings, secrets: Secrets, approvers: readonly string[]): Wanted {
  const checks: Record<CheckName, WantedCheck> = {
    approval: approval(settings, approvers),
    branchControl: branchControl(settings),
  };
  return {
    project: {
      name: settings.project.name,
      fields: { description: settings.project.description, visibility: 'private' },
    },
    connections: [
      githubConnection(secrets),
      azureConnection(settings),
      registryConnection(settings),
      ...(settings.kubernetes ? [kubernetesConnection(settings.kubernetes.server, secrets)] : []),
    ],
    environments: settings.environments.map((environment) => ({
      name: environment.name,
      checks: environment.checks.map((check) => checks[check]),
    })),
    variables: {
      name: NAMES.variables,
      plain: { ...settings.variables },
      secret: {
        name: 'superuserPassword',
        value: secrets.superuserPassword,
        from: SECRET_VARIABLES.superuserPassword,
      },
    },
    pipeline: {
      name: settings.pipeline.name,
      yaml: settings.pipeline.yaml,
      repository: settings.github.repository,
    },
  };
}

/**
 * By a personal access token. The scheme is not compared: one that the Azure Pipelines app of GitHub made is as good, and the
 * REST API cannot make it. https://learn.microsoft.com/azure/devops/pipelines/repos/github#access-to-github-repositories
 */
function githubConnection({ githubToken }: Secrets): WantedConnection {
  return {
    name: NAMES.github,
    fields: { type: 'github', url: 'https://github.com' },
    secret: {
      authorization: { scheme: 'PersonalAccessToken', parameters: { accessToken: githubToken } },
      missing: githubToken ? [] : [SECRET_VARIABLES.githubToken],
    },
  };
}

/**
 * Workload identity federation with an identity that exists: creationMode Manual.
 * https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity
 */
function azureConnection({ azure }: Settings): WantedConnection {
  return {
    name: NAMES.azure,
    fields: {
      type: 'azurerm',
      url: 'https://management.azure.com/',
      authorization: {
        scheme: 'WorkloadIdentityFederation',
        parameters: { tenantid: azure.tenantId, serviceprincipalid: azure.pipelineClientId },
      },
      data: {
        environment: 'AzureCloud',
        scopeLevel: 'Subscription',
        subscriptionId: azure.subscriptionId,
        subscriptionName: azure.subscriptionName,
        creationMode: 'Manual',
      },
    },
  };
}

/**
 * A Docker registry connection of kind Azure Container Registry with workload identity federation. The documentation names the
 * kind (https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints#docker-registry-service-connection), not
 * its fields; they are those of azuredevops_serviceendpoint_azurecr in Microsoft's Terraform provider.
 */
function registryConnection({ azure }: Settings): WantedConnection {
  const loginServer = `${azure.registry.toLowerCase()}.azurecr.io`;
  const id =
    `/subscriptions/${azure.subscriptionId}/resourceGroups/${azure.resourceGroup}` +
    `/providers/Microsoft.ContainerRegistry/registries/${azure.registry}`;
  return {
    name: NAMES.registry,
    fields: {
      type: 'dockerregistry',
      url: `https://${loginServer}`,
      authorization: {
        scheme: 'WorkloadIdentityFederation',
        parameters: {
          tenantId: azure.tenantId,
          serviceprincipalid: azure.pipelineClientId,
          loginServer,
          scope: id,
        },
      },
      data: {
        registryId: id,
        registrytype: 'ACR',
        subscriptionId: azure.subscriptionId,
        subscriptionName: azure.subscriptionName,
        creationMode: 'Manual',
      },
    },
  };
}

/**
 * Of kind ServiceAccount, which LangflowDeploy reads and which needs no right in Azure.
 * https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints#kubernetes-service-connection
 */
function kubernetesConnection(server: string, secrets: Secrets): WantedConnection {
  const { kubernetesToken, kubernetesCertificate } = secrets;
  return {
    name: NAMES.kubernetes,
    fields: {
      type: 'kubernetes',
      url: server,
      authorization: { scheme: 'Token' },
      data: { authorizationType: 'ServiceAccount' },
    },
    secret: {
      authorization: {
        scheme: 'Token',
        parameters: { apiToken: kubernetesToken, serviceAccountCertificate: kubernetesCertificate },
      },
      missing: [
        ...(kubernetesToken ? [] : [SECRET_VARIABLES.kubernetesToken]),
        ...(kubernetesCertificate ? [] : [SECRET_VARIABLES.kubernetesCertificate]),
      ],
    },
  };
}

/**
 * https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/check-configurations/add?view=azure-devops-rest-7.1
 * shows the type's id and the settings.
 */
function approval(
  { approval: { minimum, timeoutMinutes, instructions } }: Settings,
  approvers: readonly string[],
): WantedCheck {
  return {
    title: 'approval',
    type: { id: '8c6f20a7-a545-4486-9777-f762fafe0d4d', name: 'Approval' },
    timeout: timeoutMinutes,
    settings: {
      approvers: [...approvers].sort().map((id) => ({ id })),
      // Exists only where there are several approvers.
      ...(approvers.length > 1 ? { minRequiredApprovers: minimum } : {}),
      // Whoever starts a release does not approve it.
      requesterCannotBeApprover: true,
      instructions,
    },
  };
}

/**
 * A Task Check (type) that runs evaluatebranchProtection (definitionRef). The ids are the same in every organization:
 * azuredevops_check_branch_control in Microsoft's Terraform provider. What it does:
 * https://learn.microsoft.com/azure/devops/pipelines/process/approvals#branch-control
 */
function branchControl({ branchControl: { allowedBranches, requireProtection } }: Settings): WantedCheck {
  return {
    title: 'branch control',
    type: { id: 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7', name: 'Task Check' },
    timeout: 1440,
    settings: {
      displayName: 'Branch control',
      definitionRef: {
        id: '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b',
        name: 'evaluatebranchProtection',
        version: '0.0.1',
      },
      inputs: {
        allowedBranches: allowedBranches.join(','),
        ensureProtectionOfBranch: String(requireProtection),
        // A branch whose protection cannot be read is not protected.
        allowUnknownStatusBranch: 'false',
      },
    },
  };
}

/** The connection as it is sent. */
export function connectionBody({ fields, secret }: WantedConnection): Json {
  return merged(fields, secret ? { authorization: secret.authorization } : {});
}
