import { KubeConfig } from '@kubernetes/client-node';
import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { UserError } from '../errors';

/**
 * Reads a service connection of type kubernetes into a client configuration, in memory only.
 * Field names: azure-pipelines-tasks-common-packages, kubernetes-common.
 * @throws UserError when the connection has another kind of authorisation or lacks a field
 */
export function kubeConfigFromConnection(connectionId: string): KubeConfig {
  const kind = tl.getEndpointDataParameter(connectionId, 'authorizationType', true) ?? 'Kubeconfig';
  switch (kind) {
    case 'Kubeconfig':
      return fromKubeconfig(connectionId);
    case 'ServiceAccount':
      return fromServiceAccount(connectionId);
    default:
      throw new UserError(
        `Kubernetes service connection ${connectionId} is of kind '${kind}'; accepted are 'Kubeconfig' and 'ServiceAccount'.`,
      );
  }
}

function fromKubeconfig(connectionId: string): KubeConfig {
  const text = requiredParameter(connectionId, 'kubeconfig');
  maskSecret(text);
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    // The parser's message would quote the kubeconfig.
    throw new UserError(
      `The kubeconfig of Kubernetes service connection ${connectionId} is not valid YAML of kind Config.`,
    );
  }
  const context = tl.getEndpointAuthorizationParameter(connectionId, 'clusterContext', true);
  if (context) config.setCurrentContext(context);
  if (!config.getCurrentCluster()) {
    const known = config.getContexts().map(({ name }) => name);
    throw new UserError(
      `Kubernetes service connection ${connectionId}: the context '${config.getCurrentContext()}' names no cluster; ` +
        `the kubeconfig has the contexts ${known.join(', ') || '(none)'}.`,
    );
  }
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
