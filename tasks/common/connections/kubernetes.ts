import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { InputError, UserError } from '../errors';
import { parseKubeConfig } from './kubeconfig';

/**
 * Reads a service connection of type kubernetes into a client configuration, in memory only.
 * Field names: azure-pipelines-tasks-common-packages, kubernetes-common.
 * @throws UserError when the connection has another kind of authorisation or lacks a field
 */
export function kubeConfigFromConnection(connectionId: string): KubeConfig {
  const kind = tl.getEndpointDataParameter(connectionId, 'authorizationType', true) ?? 'Kubeconfig';
  switch (kind) {
    case 'Kubeconfig':
      return parseKubeConfig(
        requiredParameter(connectionId, 'kubeconfig'),
        `The kubeconfig of Kubernetes service connection ${connectionId}`,
        tl.getEndpointAuthorizationParameter(connectionId, 'clusterContext', true),
      );
    case 'ServiceAccount':
      return fromServiceAccount(connectionId);
    default:
      throw new UserError(
        `Kubernetes service connection ${connectionId} is of kind '${kind}'; accepted are 'Kubeconfig' and 'ServiceAccount'. ` +
          "For an AKS cluster, the inputs 'azureSubscription', 'azureResourceGroup' and 'kubernetesCluster' do without it.",
      );
  }
}

/**
 * Reads a kubeconfig of the agent's machine.
 * @param input its name, for messages
 * @throws InputError when there is no such file
 */
export function kubeConfigFromFile(input: string, file: string): KubeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new InputError(input, file, 'the path of a kubeconfig', 'The file cannot be read.');
  }
  const config = parseKubeConfig(text, `The kubeconfig ${file}`);
  // Certificates may be files beside it.
  config.makePathsAbsolute(file.replace(/[^\\/]*$/, ''));
  return config;
}

function fromServiceAccount(connectionId: string): KubeConfig {
  const token = Buffer.from(requiredParameter(connectionId, 'apiToken'), 'base64').toString().trim();
  maskSecret(token);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server: tl.getEndpointUrlRequired(connectionId),
      caData: requiredParameter(connectionId, 'serviceAccountCertificate'),
      skipTLSVerify: tl.getEndpointDataParameter(connectionId, 'acceptUntrustedCerts', true) === 'true',
    },
    { name: 'service-account', token },
  );
  return config;
}

function requiredParameter(connectionId: string, key: string): string {
  const value = tl.getEndpointAuthorizationParameter(connectionId, key, true);
  if (!value) throw new UserError(`Kubernetes service connection ${connectionId} lacks the field '${key}'.`);
  return value;
}
