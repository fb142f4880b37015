import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { benchFailures } from './deployFailures';
import {
  configMap,
  deployment,
  Place,
  pushVersions,
  service,
  type Timing,
  type Versions,
  type Workload,
} from './deployPlace';
import { benchSizes } from './deploySizes';
import { table } from './table';

/** Pairs of deployments, ours and kubectl's in turn: the machine's load changes with time, and both must share it. */
const PAIRS = 4;
/** How long the application starts, in seconds. Langflow's backend takes 30 to 50. */
const START_S = 20;

/**
 * LangflowDeploy beside `kubectl apply --server-side` and `kubectl rollout status`: what it costs when all goes well, how
 * soon it knows when not, and how that grows with the number of objects.
 */
export async function benchDeploy(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-deploy-'));
  try {
    const versions = await pushVersions();
    await benchPairs(folder, versions);
    await benchFailures(folder, versions);
    await benchSizes(folder, versions);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchPairs(folder: string, versions: Versions): Promise<void> {
  for (const [what, startS, pairs] of [
    ['ready at once', 0, PAIRS],
    [`ready after ${START_S} s`, START_S, 2],
  ] as const) {
    const runs: { first: Pair; update: Pair }[] = [];
    for (let count = 0; count < pairs; count++) {
      runs.push(await pair(folder, versions, startS, count % 2 === 0));
    }
    const rows = (['first', 'update'] as const).map((phase) => {
      const all = runs.map((run) => run[phase]);
      return [`${phase}, ${what}`, ...compared(all), ...splitOf(all.map(({ ours }) => ours))];
    });
    console.log(table(HEADINGS, rows));
  }
}

/** Medians of both, what is more, and the ratio of pairs. */
function compared(pairs: readonly Pair[]): string[] {
  const bare = median(pairs.map((one) => one.bare));
  const own = median(pairs.map(({ ours }) => ours.seconds));
  const ratio = median(pairs.map((one) => one.ours.seconds / one.bare));
  return [bare, own, own - bare, ratio].map((value) => value.toFixed(2));
}

interface Pair {
  ours: Timing;
  bare: number;
}

/** A first deployment and an update of one image, in both ways. */
async function pair(
  folder: string,
  { first, second }: Versions,
  startS: number,
  oursFirst: boolean,
): Promise<{ first: Pair; update: Pair }> {
  const objects = application(startS);
  const [own, other] = [await Place.create(folder), await Place.create(folder)];
  const both = async (backend: string): Promise<Pair> => {
    const digests = { backend, worker: first, frontend: first };
    const before = oursFirst ? await own.deploy(objects, digests) : undefined;
    const bare = await other.apply(objects, digests);
    const ours = before ?? (await own.deploy(objects, digests));
    if (ours.outcome.result !== 'Succeeded') throw new Error(ours.outcome.message);
    return { ours, bare };
  };
  try {
    return { first: await both(first), update: await both(second) };
  } finally {
    own.remove();
    other.remove();
  }
}

function application(startS: number): Workload[] {
  const container = {
    envFrom: [{ configMapRef: { name: 'settings' } }],
    ...(startS > 0 && {
      readinessProbe: {
        httpGet: { path: '/version', port: 8080 },
        initialDelaySeconds: startS,
        periodSeconds: 1,
      },
    }),
  };
  return [
    configMap('settings'),
    service('backend'),
    deployment('backend', { replicas: 2, container }),
    deployment('worker', { container }),
    deployment('frontend', { container }),
  ];
}

/** What the log says at the end of each part. */
const SPLIT: readonly (readonly [string, RegExp])[] = [
  ['plan', /^Plan: /],
  ['apply', /^Deployment\//],
  ['rollout', /^Outcome: /],
];

const HEADINGS = [
  'Deployment of 3 workloads, s',
  'kubectl',
  'LangflowDeploy',
  'more',
  'ratio',
  ...SPLIT.map(([name]) => `of it ${name}`),
  'end',
];

function splitOf(timings: readonly Timing[]): string[] {
  const marks = timings.map(({ at, seconds }) => [0, ...SPLIT.map(([, pattern]) => at(pattern)), seconds]);
  return Array.from({ length: SPLIT.length + 1 }, (_, part) =>
    median(marks.map((times) => (times[part + 1] ?? NaN) - (times[part] ?? NaN))).toFixed(2),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
