import type { Agent } from 'node:https';
import type { KubeConfig, SecurityAuthentication } from '@kubernetes/client-node';

/** Node's types leave `keepAlive` out; an agent reads it at each request. */
type ApiAgent = Agent & { keepAlive: boolean };

/** A connection to the API server that nobody uses is closed by then, in milliseconds; below what load balancers allow. */
const IDLE_MS = 30_000;

/**
 * Authenticates as client-node does, and lets requests share connections: it makes an agent for each request, so that each
 * one pays for a TLS handshake, which costs both sides more than the request itself.
 */
export function keepConnections(config: KubeConfig): SecurityAuthentication {
  let kept: ApiAgent | undefined;
  return {
    getName: () => config.getName(),
    applySecurityAuthentication: async (context) => {
      await config.applySecurityAuthentication(context);
      const agent = context.getAgent() as ApiAgent | undefined;
      if (!agent) return;
      // A renewed client certificate is another identity.
      if (!kept || !sameText(kept.options.cert, agent.options.cert)) {
        agent.keepAlive = true;
        agent.options.timeout = IDLE_MS;
        kept = agent;
      }
      context.setAgent(kept);
    },
  };
}

/** client-node reads a certificate anew each time, into a buffer. */
function sameText(a: unknown, b: unknown): boolean {
  return String(a) === String(b);
}
