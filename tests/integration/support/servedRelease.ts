import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localEnvironment, type LocalEnvironment } from '../../environment';
import { kubectl } from './cluster';
import { deployStep, writeManifest, type DeployOptions, type DeployOutcome } from './deployStep';
import { pushImage, registryOf } from './images';

/** The program of the image: serves its version until it is told how to fail. */
const PROGRAM = `#!/bin/busybox sh
echo "$VERSION" >/www/version
case "$BEHAVIOUR" in
  crash) echo no-database-here; exit 3;;
  never-ready) rm /www/version; echo waiting-for-nothing;;
  out-of-memory) exec /bin/busybox awk 'BEGIN { text = "x"; while (1) text = text text }';;
esac
exec /bin/busybox httpd -f -p 8080 -h /www
`;

export interface Variant {
  /** What the release serves; in a ConfigMap, so that a change of it makes a new one. */
  version: string;
  behaviour?: 'serve' | 'crash' | 'never-ready' | 'out-of-memory';
  /** Digest in place of the right one. */
  digest?: string;
  migration?: 'succeeds' | 'fails';
  /** Takes the readiness probes away. */
  probeless?: boolean;
  /** Objects beside the usual ones. */
  more?: object[];
  /** Changes the Deployment `web` before it is written. */
  edit?: (web: WebDeployment) => void;
}

/** The fields that variants change. */
export interface WebDeployment {
  metadata: { annotations?: Record<string, string> };
  spec: {
    replicas: number;
    template: {
      spec: {
        priorityClassName?: string;
        securityContext?: object;
        nodeSelector?: Record<string, string>;
        volumes?: object[];
        containers: { volumeMounts?: object[]; securityContext?: object }[];
      };
    };
  };
}

/** What runs of one Deployment. */
export interface LiveWorkload {
  /** Versioned name of the ConfigMap, which stands for the release. */
  settings: string;
  /** Ready pods of the current template, and of others. */
  ready: number;
  others: number;
}

/** A small release of a served Deployment, a worker, and a migration, in a namespace of its own; for tests that break it. */
export class ServedRelease {
  readonly namespace = `served-${randomBytes(4).toString('hex')}`;
  readonly nodePort = 30_100 + Math.floor(Math.random() * 2_000);
  readonly folder = mkdtempSync(path.join(tmpdir(), 'served-'));
  private readonly sources = path.join(this.folder, 'sources');
  private digest = '';

  private constructor(readonly environment: LocalEnvironment) {
    mkdirSync(this.sources);
  }

  static async create(): Promise<ServedRelease> {
    const release = new ServedRelease(localEnvironment());
    const files = {
      'bin/busybox': readFileSync('/bin/busybox'),
      'bin/start': PROGRAM,
      'www/.keep': '',
      'tmp/.keep': '',
    };
    const entrypoint = ['/bin/busybox', 'sh', '/bin/start'];
    const registry = registryOf(release.environment);
    release.digest = await pushImage(registry, 'tests/served', files, 'linux/amd64', entrypoint);
    return release;
  }

  get address(): string {
    return `http://127.0.0.1:${this.nodePort}/version`;
  }

  /** Deploys a variant as one step of a job. */
  async deploy(
    variant: Variant,
    inputs: Record<string, string> = {},
    options: DeployOptions = {},
  ): Promise<DeployOutcome> {
    // A folder for each: two deployments may go on at once.
    const sources = mkdtempSync(path.join(this.sources, 'variant-'));
    writeManifest(path.join(sources, 'all.yaml'), this.objects(variant));
    const { environment, folder, namespace } = this;
    const image = { repository: 'tests/served', digest: variant.digest ?? this.digest };
    const other = { repository: 'tests/served', digest: this.digest };
    return deployStep(
      { environment, folder, sources, namespace },
      { web: image, worker: other, migrate: other },
      { timeout: '60s', rollbackTimeout: '60s', ...inputs },
      options,
    );
  }

  /** As `deploy`, and asserts that it succeeds. */
  async release(version: string): Promise<DeployOutcome> {
    const step = await this.deploy({ version });
    assert.equal(step.result, 'Succeeded', step.message);
    await this.serves();
    return step;
  }

  /** Waits until the node leads to the pods: kube-proxy hears of a new Service after the pods are ready. */
  async serves(): Promise<void> {
    const answers = (): Promise<boolean> =>
      fetch(this.address).then(
        ({ ok }) => ok,
        () => false,
      );
    for (let patience = 100; patience > 0 && !(await answers()); patience--) await sleep(100);
  }

  rollback(inputs: Record<string, string> = {}): Promise<DeployOutcome> {
    return this.act('rollback', inputs);
  }

  /** A step that renders no manifests. */
  act(action: string, inputs: Record<string, string> = {}): Promise<DeployOutcome> {
    const { environment, folder, sources, namespace } = this;
    return deployStep({ environment, folder, sources, namespace }, {}, { action, ...inputs });
  }

  /** What runs, by Deployment. */
  live(): Record<string, LiveWorkload> {
    const { items } = this.get('deployments') as { items: Deployment[] };
    const pods = (this.get('pods') as { items: Pod[] }).items.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True'),
    );
    return Object.fromEntries(
      items.map(({ metadata: { name }, spec }) => {
        const settings = settingsOf(spec.template.spec);
        const own = pods.filter(({ metadata }) => metadata.labels?.app === name);
        const ready = own.filter((pod) => settingsOf(pod.spec) === settings).length;
        return [name, { settings, ready, others: own.length - ready }];
      }),
    );
  }

  get(...what: string[]): unknown {
    return JSON.parse(kubectl(['get', ...what, '--namespace', this.namespace, '--output', 'json']));
  }

  names(kind: string): string[] {
    const { items } = this.get(kind) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
  }

  private objects(variant: Variant): object[] {
    const { version, behaviour = 'serve', migration, probeless = false, more = [], edit } = variant;
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { VERSION: version, BEHAVIOUR: behaviour },
    };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 8080, nodePort: this.nodePort }],
      },
    };
    const web = deployment('web', 2, probeless);
    edit?.(web as WebDeployment);
    const migrate = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate' },
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              {
                name: 'main',
                image: 'migrate',
                command:
                  migration === 'fails'
                    ? ['/bin/busybox', 'sh', '-c', 'echo no-such-column; exit 1']
                    : ['/bin/busybox', 'true'],
              },
            ],
          },
        },
      },
    };
    return [settings, service, web, deployment('worker', 1, probeless), migrate, ...more];
  }
}

interface PodTemplateSpec {
  containers: { envFrom: { configMapRef: { name: string } }[] }[];
}

interface Deployment {
  metadata: { name: string };
  spec: { template: { spec: PodTemplateSpec } };
}

interface Pod {
  metadata: { labels?: Record<string, string>; deletionTimestamp?: string };
  spec: PodTemplateSpec;
  status: { conditions?: { type: string; status: string }[] };
}

function settingsOf({ containers }: PodTemplateSpec): string {
  return containers[0]?.envFrom[0]?.configMapRef.name ?? '';
}

function deployment(name: string, replicas: number, probeless: boolean): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 10,
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'main',
              image: name,
              envFrom: [{ configMapRef: { name: 'settings' } }],
              ports: [{ containerPort: 8080 }],
              resources: { limits: { memory: '64Mi' } },
              ...(!probeless && {
                readinessProbe: { httpGet: { path: '/version', port: 8080 }, periodSeconds: 1 },
              }),
              // The endpoint has to be gone from the node before the server stops to listen.
              lifecycle: { preStop: { exec: { command: ['/bin/busybox', 'sleep', '5'] } } },
            },
          ],
        },
      },
    },
  };
}
