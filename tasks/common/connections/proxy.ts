import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import * as tl from 'azure-pipelines-task-lib/task';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { maskSecret } from '../agent/secrets';

/** This machine, and the metadata service of an Azure machine, which no proxy can reach. */
const NEVER = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.\d+\.\d+)$/;

/**
 * The proxy for an address, with its login, or undefined: the agent's own (`--proxyurl`, unless `.proxybypass` names the
 * address), else that of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.
 * https://learn.microsoft.com/azure/devops/pipelines/agents/proxy
 */
export function proxyFor(address: string): string | undefined {
  if (!URL.canParse(address) || NEVER.test(new URL(address).hostname)) return undefined;
  if (!tl.getVariable('Agent.ProxyUrl')) return getProxyForUrl(address) || undefined;
  const proxy = tl.getHttpProxyConfiguration(address);
  if (!proxy) return undefined;
  const url = new URL(proxy.proxyUrl);
  if (proxy.proxyUsername) url.username = proxy.proxyUsername;
  if (proxy.proxyPassword) {
    maskSecret(proxy.proxyPassword);
    url.password = proxy.proxyPassword;
  }
  return url.href;
}

/**
 * For `additionalPolicies` of a client of the Azure SDK, which itself knows the variables of the environment but neither the
 * agent's proxy nor its exceptions.
 */
export function agentProxy(): { policy: PipelinePolicy; position: 'perCall' } {
  const agents = new Map<string, HttpsProxyAgent<string>>();
  const agentOf = (proxy: string): HttpsProxyAgent<string> => {
    const agent = agents.get(proxy) ?? new HttpsProxyAgent(proxy, { keepAlive: true });
    agents.set(proxy, agent);
    return agent;
  };
  return {
    position: 'perCall',
    policy: {
      name: 'agentProxyPolicy',
      sendRequest: (request, next) => {
        const proxy = proxyFor(request.url);
        request.agent = proxy === undefined ? undefined : agentOf(proxy);
        return next(request);
      },
    },
  };
}
