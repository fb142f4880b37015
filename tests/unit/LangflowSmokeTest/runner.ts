import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { createStubInstance, type SinonStubbedInstance } from 'sinon';
import { systemClock, type Clock } from '../../../tasks/common/clock';
import { KubernetesClient } from '../../../tasks/common/kubernetes/client';
import { Budget } from '../../../tasks/LangflowSmokeTest/budget';
import type { Plan } from '../../../tasks/LangflowSmokeTest/checks';
import { parseChecks } from '../../../tasks/LangflowSmokeTest/checksFile';
import { Connections } from '../../../tasks/LangflowSmokeTest/connections';
import { IMAGES_CHECK, runChecks, type Outcome } from '../../../tasks/LangflowSmokeTest/run';
import { Values } from '../../../tasks/LangflowSmokeTest/values';
import { printedBy } from '../support/agent';

/** A server on loopback whose answers a test decides. */
export class StandIn {
  answers: RequestListener = (_request, response) => response.end();
  /** `GET /health`, in the order in which they came. */
  readonly requests: string[] = [];
  private constructor(readonly server: Server) {}

  static async start(): Promise<StandIn> {
    const standIn: StandIn = new StandIn(
      createServer((request, response) => {
        standIn.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
        standIn.answers(request, response);
      }).listen(0, '127.0.0.1'),
    );
    await once(standIn.server, 'listening');
    return standIn;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export interface RunnerOptions {
  secrets?: string[];
  variables?: Record<string, string>;
  clock?: Clock;
  signal?: AbortSignal;
  timeoutMs?: number;
  maxRequests?: number;
  /** Called when the run has begun: what the cluster answers. */
  cluster?: (client: SinonStubbedInstance<KubernetesClient>) => void;
  evidence?: string;
  /** In which commands run. */
  folder?: string;
}

/** Runs checks, as YAML, without a cluster. */
export async function runYaml(yaml: string, options: RunnerOptions = {}): Promise<Outcome[]> {
  return runPlan(parseChecks(yaml, 'smoke.yml', options.variables ?? {}, options.folder), options);
}

/** As `runYaml`; the outcome of the images, of which there are none, is left out. */
export async function runPlan(plan: Plan, options: RunnerOptions = {}): Promise<Outcome[]> {
  const { clock = systemClock, variables = {}, timeoutMs = 60_000 } = options;
  const client = createStubInstance(KubernetesClient);
  client.listPath.resolves({ apiVersion: 'v1', kind: 'PodList', items: [] });
  options.cluster?.(client);
  const budget = new Budget(options.maxRequests ?? 1_000);
  const namespace = 'langflow';
  const connections = new Connections({ client, config: new KubeConfig(), namespace }, clock, budget);
  const told: Outcome[] = [];
  let outcomes: Outcome[] = [];
  try {
    // Secrets are masked by commands, which the reader of the tests need not see.
    await printedBy(async () => {
      const values = new Values({}, options.secrets);
      const canary = false;
      const context = { client, namespace, runId: 'run-1', values, clock, connections, budget, canary };
      outcomes = await runChecks(
        {
          plans: [{ plan, variables }],
          components: [],
          timeoutMs,
          onOutcome: (outcome) => told.push(outcome),
          evidenceOf: () => Promise.resolve(options.evidence ?? ''),
        },
        context,
        options.signal ?? new AbortController().signal,
      );
    });
  } finally {
    connections.close();
  }
  if (told.length !== outcomes.length) throw new Error('Every outcome is told as soon as it is there.');
  return outcomes.filter(({ name }) => name !== IMAGES_CHECK);
}

/** Names of the checks that did not pass, with their reasons. */
export function failuresOf(outcomes: readonly Outcome[]): Record<string, string> {
  return Object.fromEntries(
    outcomes
      .filter(({ status }) => status !== 'passed')
      .map(({ name, reasons }) => [name, reasons.join(' ')]),
  );
}
