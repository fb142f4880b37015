import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../common/agent/secrets';

/** A proxy as the Docker CLI's configuration has it (docs.docker.com/engine/cli/proxy). */
export interface Proxy {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
}

/** The parts of the Docker CLI's config.json that are no credentials and that a build needs. */
export interface DockerSettings {
  /** By daemon address, or `default`; buildx hands them to every build as HTTP_PROXY and so on. */
  proxies?: Record<string, Proxy>;
  cliPluginsExtraDirs?: string[];
}

/**
 * What our private Docker configuration takes over from the user's: where plugins are (buildx may be installed for the
 * user alone), and proxies. Where none are configured, builds get the proxy of the agent or of its environment.
 */
export function dockerSettings(): DockerSettings {
  const { proxies, cliPluginsExtraDirs = [] } = userSettings();
  const proxy = agentProxy();
  return {
    proxies: proxies ?? (proxy && { default: proxy }),
    cliPluginsExtraDirs: [...cliPluginsExtraDirs, path.join(userDockerConfig(), 'cli-plugins')],
  };
}

/** Where buildx keeps the user's builders. */
export function userBuildxConfig(): string {
  return process.env.BUILDX_CONFIG ?? path.join(userDockerConfig(), 'buildx');
}

/** The environment variables of a proxy. */
export function proxyVariables(proxy: Proxy | undefined): Record<string, string> {
  const variables = {
    HTTP_PROXY: proxy?.httpProxy,
    HTTPS_PROXY: proxy?.httpsProxy,
    NO_PROXY: proxy?.noProxy,
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The proxy that the agent was configured with, else the one of its environment. */
function agentProxy(): Proxy | undefined {
  const configured = tl.getHttpProxyConfiguration()?.proxyFormattedUrl;
  if (configured) maskSecret(configured);
  const httpProxy = configured ?? fromEnvironment('HTTP_PROXY');
  const httpsProxy = configured ?? fromEnvironment('HTTPS_PROXY');
  if (!httpProxy && !httpsProxy) return undefined;
  return { httpProxy, httpsProxy, noProxy: fromEnvironment('NO_PROXY') };
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name] ?? process.env[name.toLowerCase()];
}

function userDockerConfig(): string {
  return process.env.DOCKER_CONFIG ?? path.join(homedir(), '.docker');
}

/** A file that the Docker CLI could not read either is as good as none. */
function userSettings(): DockerSettings {
  try {
    return JSON.parse(readFileSync(path.join(userDockerConfig(), 'config.json'), 'utf8')) as DockerSettings;
  } catch {
    return {};
  }
}
