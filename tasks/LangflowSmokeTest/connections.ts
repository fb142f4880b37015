import type { Agent } from 'node:http';
import { debug } from '../common/agent/log';
import type { Clock } from '../common/clock';
import { messageOf, UserError } from '../common/errors';
import type { Cluster } from '../common/kubernetes/cluster';
import type { Budget } from './budget';
import { findEndpoint, type InClusterTarget } from './endpoint';
import type { Answer } from './expectations';
import { keepAliveAgent, NoAnswer, open, send, type OpenAnswer, type Request } from './http';
import { forwardTo, type Forward } from './portForward';
import { untilAborted } from './probe';
import { targetText, type Target } from './target';

/** A request whose address is still to be joined with the target's. */
export type RequestTo = (address: URL) => Omit<Request, 'agent'>;

/** A way to a target that is open. */
export interface Route {
  address: URL;
  /** Undefined for an address: the URL's own. */
  host: string | undefined;
  agent: Agent;
  /** Undefined for an address. */
  forward: (Forward & { pod: string }) | undefined;
}

/** Requests that may be sent twice (RFC 9110, section 9.2.1). */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
/** How often, and after which pause, a safe request is sent again whose port-forward broke: a pod may just be replaced. */
const RETRIES = 3;
const RETRY_AFTER_MS = 500;

/** The ways to all targets of a run, each opened once: a port-forward serves many requests. */
export class Connections {
  private readonly routes = new Map<string, Promise<Route>>();
  private readonly closing: (() => void)[] = [];

  constructor(
    private readonly cluster: Pick<Cluster, 'client' | 'config' | 'namespace'>,
    private readonly clock: Clock,
    private readonly budget: Budget,
  ) {}

  /** @throws UserError when no whole answer comes */
  send(target: Target, request: RequestTo, signal: AbortSignal): Promise<Answer> {
    return this.exchange(target, request, signal, send);
  }

  /** As `send`, up to the head of the answer; the caller reads, or destroys, the stream. */
  open(target: Target, request: RequestTo, signal: AbortSignal): Promise<OpenAnswer> {
    return this.exchange(target, request, signal, open);
  }

  /** For what is no HTTP request; counts as one. */
  async routeTo(target: Target, signal: AbortSignal): Promise<Route> {
    this.budget.spend();
    return this.route(target, signal);
  }

  /** The next request to the target looks for a pod anew. */
  forget(target: Target): void {
    this.routes.delete(targetText(target));
  }

  /** What went wrong on the way, if it was the way. */
  problemOf({ forward }: Route, error: unknown): unknown {
    const problem = forward?.problem();
    return problem === undefined
      ? error
      : new UserError(`Port-forward to pod ${forward?.pod ?? ''}: ${problem}`);
  }

  close(): void {
    for (const close of this.closing) close();
  }

  private async exchange<T>(
    target: Target,
    request: RequestTo,
    signal: AbortSignal,
    how: (request: Request, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let left = RETRIES; ; left--) {
      this.budget.spend();
      const route = await this.route(target, signal);
      const wanted = request(route.address);
      try {
        return await how(
          {
            ...wanted,
            headers: { ...(route.host !== undefined && { host: route.host }), ...wanted.headers },
            agent: route.agent,
          },
          signal,
        );
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof NoAnswer)) throw error;
        const problem = this.problemOf(route, error);
        if (route.forward !== undefined) this.forget(target);
        const cut = route.forward !== undefined && !route.forward.refused();
        if (!cut || left === 0 || !SAFE_METHODS.includes(wanted.method)) throw problem;
        debug(
          `The port-forward to pod ${route.forward?.pod ?? ''} broke (${messageOf(problem)}); trying again.`,
        );
        await this.clock.sleep(RETRY_AFTER_MS, signal);
      }
    }
  }

  private async route(target: Target, signal: AbortSignal): Promise<Route> {
    const key = targetText(target);
    let route = this.routes.get(key);
    if (route === undefined) {
      route = target.kind === 'url' ? Promise.resolve(this.routeToUrl(target.url)) : this.routeToPod(target);
      this.routes.set(key, route);
      route.catch(() => {
        this.routes.delete(key);
      });
    }
    return untilAborted(route, signal);
  }

  private routeToUrl(address: URL): Route {
    return { address, host: undefined, agent: this.agentFor(address.protocol), forward: undefined };
  }

  private async routeToPod(target: InClusterTarget): Promise<Route> {
    const { client, config, namespace } = this.cluster;
    const endpoint = await findEndpoint(client, namespace, target);
    const forward = await forwardTo(config, namespace, endpoint);
    this.closing.push(() => {
      forward.close();
    });
    return {
      address: new URL(`http://127.0.0.1:${forward.port}`),
      host: `${target.name}.${namespace}`,
      agent: this.agentFor('http:'),
      forward: { ...forward, pod: endpoint.pod },
    };
  }

  private agentFor(protocol: string): Agent {
    const agent = keepAliveAgent(protocol);
    this.closing.push(() => {
      agent.destroy();
    });
    return agent;
  }
}
