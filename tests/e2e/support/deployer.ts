import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { kubectl } from '../../integration/support/cluster';

interface Kubeconfig {
  users: { name: string; user: Record<string, string> }[];
}

interface ResourcesFile {
  serviceConnections: Record<string, { parameters: { kubeconfig: string } }>;
  environments: Record<string, object>;
}

/**
 * Writes a resources file whose connection to the cluster is the identity of samples/langflow/platform in the namespace,
 * which may do what its Role says and nothing else.
 */
export function writeResourcesOfDeployer(source: string, namespace: string, target: string): void {
  const resources = parse(readFileSync(source, 'utf8')) as ResourcesFile;
  const connection = resources.serviceConnections['langflow-aks'];
  if (!connection) throw new Error(`${source} has no connection langflow-aks`);
  connection.parameters.kubeconfig = kubeconfigOfDeployer(connection.parameters.kubeconfig, namespace);
  writeFileSync(target, stringify(resources), { mode: 0o600 });
}

/** The kubeconfig with a token of the identity in place of what it had. */
export function kubeconfigOfDeployer(source: string, namespace: string): string {
  const token = kubectl(['create', 'token', 'langflow-deployer', '--namespace', namespace, '--duration=2h']);
  const kubeconfig = parse(source) as Kubeconfig;
  for (const entry of kubeconfig.users) entry.user = { token };
  return stringify(kubeconfig);
}
