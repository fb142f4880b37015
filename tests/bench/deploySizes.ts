import type { IncomingMessage } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { localEnvironment } from '../environment';
import { ApiGate } from '../integration/support/apiGate';
import { configMap, deployment, Place, service, type Versions, type Workload } from './deployPlace';
import { watchMemory } from './memory';
import { table } from './table';

const SIZES = [5, 50, 300];
const VERBS = ['get', 'list', 'watch', 'create', 'apply', 'dry run', 'delete', 'other'] as const;
type Verb = (typeof VERBS)[number];

/** Deploys 5, 50 and 300 objects for the first time and once more with another image: time, memory, API calls by verb. */
export async function benchSizes(folder: string, versions: Versions): Promise<void> {
  const headings = ['Objects', 's', 'peak, MB', 'calls', ...VERBS];
  for (const size of SIZES) console.log(table(headings, await deploySize(folder, versions, size)));
}

async function deploySize(folder: string, { first, second }: Versions, size: number): Promise<string[][]> {
  const objects = mixed(size);
  const [own, other] = [await Place.create(folder), await Place.create(folder)];
  const rows: string[][] = [];
  try {
    for (const [what, backend] of [
      ['first', first],
      ['update', second],
    ] as const) {
      const digests = { backend, other: first };
      const ours = await cost(folder, 'tasks/LangflowDeploy/', async (kubeconfig) => {
        const inputs = { kubernetesServiceConnection: '', kubeconfig };
        const { outcome } = await own.deploy(objects, digests, inputs);
        if (outcome.result !== 'Succeeded') throw new Error(outcome.message);
      });
      const bare = await cost(folder, other.namespace, (kubeconfig) =>
        other.apply(objects, digests, kubeconfig),
      );
      rows.push([`${size}, ${what}, LangflowDeploy`, ...ours], [`${size}, ${what}, kubectl`, ...bare]);
    }
  } finally {
    own.remove();
    other.remove();
  }
  return rows;
}

/** Of ten objects, six are ConfigMaps, three Services and one a Deployment; few of these have a pod. */
function mixed(size: number): Workload[] {
  return Array.from({ length: size }, (_, index) => {
    const name = `part-${index}`;
    if (index === 0) return deployment('backend');
    if (index % 10 === 0) return deployment(name, { replicas: index % 100 === 0 ? 1 : 0 }, 'other');
    return index % 10 < 4 ? service(name) : configMap(name);
  });
}

/**
 * Seconds, peak of the memory of processes with the text in their command line, and API calls. All go through a gate that
 * counts them; it slows both ways down alike.
 */
async function cost(
  folder: string,
  text: string,
  work: (kubeconfig: string) => Promise<unknown>,
): Promise<string[]> {
  const { state, kubeconfig: behind } = localEnvironment();
  const tls = path.join(state, 'vault/tls');
  const gate = new ApiGate(behind, tls, () => true);
  const counts = new Map<Verb, number>();
  gate.onRequest = (_, request) => {
    const verb = verbOf(request);
    counts.set(verb, (counts.get(verb) ?? 0) + 1);
  };
  await gate.start();
  const file = path.join(folder, `gate-${gate.port}.kubeconfig`);
  writeFileSync(file, kubeconfigOf(gate.port, path.join(tls, 'ca.pem')));
  const memory = watchMemory(text, 50);
  const started = performance.now();
  try {
    await work(file);
  } finally {
    gate.stop();
  }
  return [
    ((performance.now() - started) / 1_000).toFixed(1),
    (memory.peak() / 1_000).toFixed(0),
    `${gate.counts.passed}`,
    ...VERBS.map((verb) => `${counts.get(verb) ?? 0}`),
  ];
}

/** As audit logs name it (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb). */
function verbOf({ method, url = '' }: IncomingMessage): Verb {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  switch (method) {
    case 'POST':
      return 'create';
    case 'PATCH':
      return searchParams.has('dryRun') ? 'dry run' : 'apply';
    case 'DELETE':
      return 'delete';
    case 'GET': {
      if (searchParams.has('watch')) return 'watch';
      const [, , , , name] =
        /^\/(api|apis\/[^/]+)\/[^/]+\/(namespaces\/[^/]+\/)?([^/]+)(\/[^/]+)?$/.exec(pathname) ?? [];
      if (name !== undefined) return 'get';
      return /\/namespaces\/[^/]+\/[^/]+$/.test(pathname) ? 'list' : 'other';
    }
    default:
      return 'other';
  }
}

function kubeconfigOf(port: number, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'gate',
    contexts: [{ name: 'gate', context: { cluster: 'gate', user: 'gate' } }],
    clusters: [
      {
        name: 'gate',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'tls-server-name': 'login.localhost',
          'certificate-authority-data': readFileSync(ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'gate', user: { token: 'bench' } }],
  });
}
