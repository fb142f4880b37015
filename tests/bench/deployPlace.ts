import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { localEnvironment } from '../environment';
import { kubectl } from '../integration/support/cluster';
import { deployStep, writeManifest, type DeployOutcome } from '../integration/support/deployStep';
import { pushImage, registryOf } from '../integration/support/images';

const REPOSITORY = 'bench/deploy';

/** Digests of two versions of one tiny image, which serves until it is stopped. */
export interface Versions {
  first: string;
  second: string;
}

export async function pushVersions(): Promise<Versions> {
  const push = (version: string): Promise<string> =>
    pushImage(
      registryOf(localEnvironment()),
      REPOSITORY,
      { 'bin/busybox': readFileSync('/bin/busybox'), 'www/version': version },
      'linux/amd64',
      ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'],
    );
  return { first: await push('1'), second: await push('2') };
}

/** How one deployment went. */
export interface Timing {
  seconds: number;
  /** Since the start, in seconds: when the log had a line that the pattern finds. */
  at: (pattern: RegExp) => number;
  outcome: DeployOutcome;
}

/** A namespace of its own, with one way to deploy to it. */
export class Place {
  readonly namespace = `bench-${randomBytes(4).toString('hex')}`;
  private readonly environment = localEnvironment();
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = path.join(folder, this.namespace);
    mkdirSync(this.folder);
  }

  /** A namespace takes pods as soon as it has its service account. */
  static async create(folder: string): Promise<Place> {
    const place = new Place(folder);
    kubectl(['create', 'namespace', place.namespace]);
    for (;;) {
      const found = await place.kubectl(['get', 'serviceaccount', 'default', '--ignore-not-found']);
      if (found !== '') return place;
      await sleep(100);
    }
  }

  remove(): void {
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
  }

  /** With LangflowDeploy, as the agent runs it, its post-job phase too. */
  async deploy(
    objects: readonly object[],
    digests: Record<string, string>,
    inputs: Record<string, string> = {},
  ): Promise<Timing> {
    const { environment, folder, namespace } = this;
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    writeManifest(path.join(sources, 'all.yaml'), objects);
    const images = Object.fromEntries(
      Object.entries(digests).map(([name, digest]) => [name, { repository: REPOSITORY, digest }]),
    );
    const lines: { at: number; line: string }[] = [];
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1_000;
    const outcome = await deployStep(
      { environment, folder, sources, namespace },
      images,
      { timeout: '120s', ...inputs },
      {
        cancelAfter: (log) => {
          lines.push({ at: elapsed(), line: log.trimEnd().split('\n').at(-1) ?? '' });
          return false;
        },
      },
    );
    const at = (pattern: RegExp): number => lines.find(({ line }) => pattern.test(line))?.at ?? NaN;
    return { seconds: elapsed(), at, outcome };
  }

  /** With `kubectl apply --server-side` and a `kubectl rollout status` for each workload; answers its seconds. */
  async apply(
    objects: readonly Workload[],
    digests: Record<string, string>,
    kubeconfig?: string,
  ): Promise<number> {
    const file = this.write(objects, digests);
    const started = performance.now();
    await this.kubectl(['apply', '--server-side', '--filename', file], kubeconfig);
    for (const { kind, metadata } of objects)
      if (kind === 'Deployment')
        await this.kubectl(['rollout', 'status', `deployment/${metadata.name}`], kubeconfig);
    return (performance.now() - started) / 1_000;
  }

  /** What `kubectl rollout status` has said of a Deployment after so many seconds, when it has not ended. */
  async status(
    objects: readonly Workload[],
    digests: Record<string, string>,
    seconds: number,
  ): Promise<string> {
    await this.kubectl(['apply', '--server-side', '--filename', this.write(objects, digests)]);
    const rollout = ['rollout', 'status', 'deployment/backend', `--timeout=${seconds}s`];
    return this.kubectl(rollout).then(
      () => 'healthy',
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return [stdout, stderr].map((text) => text.trim().split('\n').at(-1) ?? '').join(' ');
      },
    );
  }

  private write(objects: readonly Workload[], digests: Record<string, string>): string {
    const file = path.join(mkdtempSync(path.join(this.folder, 'kubectl-')), 'all.yaml');
    writeManifest(
      file,
      objects.map((object) => this.withDigests(object, digests)),
    );
    return file;
  }

  /** kubectl takes images as they are. */
  private withDigests(object: Workload, digests: Record<string, string>): object {
    const { registryHost } = this.environment;
    return JSON.parse(JSON.stringify(object), (key, value: unknown) =>
      key === 'image' && typeof value === 'string'
        ? `${registryHost}/${REPOSITORY}@${digests[value] ?? ''}`
        : value,
    ) as object;
  }

  private async kubectl(args: readonly string[], kubeconfig?: string): Promise<string> {
    const environment = { ...process.env, ...(kubeconfig && { KUBECONFIG: kubeconfig }) };
    const all = ['--namespace', this.namespace, ...args];
    const { stdout } = await promisify(execFile)('kubectl', all, { env: environment });
    return stdout;
  }
}

/** The fields of an object that the bench reads. */
export interface Workload {
  apiVersion: string;
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface DeploymentOptions {
  replicas?: number;
  /** Fields of the container. */
  container?: object;
  /** Fields of the pod's spec. */
  pod?: object;
}

/** Its image is the component of the same name. All are in one wave, as kubectl applies them. */
/** Without one, a pod counts as ready as soon as it runs, and LangflowDeploy waits whether it stays up. */
const READINESS = { httpGet: { path: '/version', port: 8080 }, periodSeconds: 1 };

export function deployment(
  name: string,
  { replicas = 1, container, pod }: DeploymentOptions = {},
  image = name,
): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'langflow-delivery/wave': 'backend' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          containers: [{ name: 'main', image, readinessProbe: READINESS, ...container }],
          ...pod,
        },
      },
    },
  };
}

export function service(name: string): Workload {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}

export function configMap(name: string): Workload {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { NAME: name, LEVEL: 'info' } };
}
