import { homedir } from 'node:os';
import * as path from 'node:path';

/** Where the local environment lives, and the addresses that its parts know of each other. */
export const ROOT = path.resolve(import.meta.dirname, '../..');
export const STATE =
  process.env.LANGFLOW_LOCAL_STATE ?? path.join(homedir(), '.local/state/langflow-delivery');
/** Survives `local-down --purge`: what takes long to make and is the same in every checkout. */
export const CACHE = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'langflow-delivery',
);

export const REGISTRY = 'localhost:5000';
export const BUILDER = `unix://${state('buildkit/buildkitd.sock')}`;
export const DOCKER_HOST = `unix://${state('docker/docker.sock')}`;
export const KUBECONFIG = state('kubernetes/admin.kubeconfig');
export const VAULT = 'langflow-local';
export const VAULT_PORT = 8443;
export const NAMESPACE = 'langflow';

/** A path in the state folder. */
export function state(relative: string): string {
  return path.join(STATE, relative);
}

export function logFile(name: string): string {
  return state(`log/${name}.log`);
}
