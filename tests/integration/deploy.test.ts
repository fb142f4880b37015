import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { readRelease, type ReleaseManifest } from '../../tasks/common/release/release';
import { localEnvironment, type LocalEnvironment } from '../environment';
import {
  DEBIAN,
  deployStep,
  PYTHON,
  writeManifest,
  type DeployOptions,
  type DeployOutcome,
} from './support/deployStep';
import { pushedDigest, registryOf } from './support/images';
import { viewOf } from './support/view';

describe('LangflowDeploy', function () {
  this.timeout(180_000);

  const namespace = `deploy-${randomBytes(4).toString('hex')}`;
  let environment: LocalEnvironment;
  let folder: string;
  let sources: string;
  let debian: string;
  let python: string;

  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'deploy-test-'));
    sources = path.join(folder, 'sources');
    mkdirSync(sources);
    [debian = '', python = ''] = await Promise.all(
      [DEBIAN, PYTHON].map(({ repository, tag }) => pushedDigest(registryOf(environment), repository, tag)),
    );
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
  });

  function kubectl(...args: string[]): string {
    return execFileSync('kubectl', args, { encoding: 'utf8' }).trim();
  }

  function workload(name: string, script: string): object {
    const labels = { app: name };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'main',
                image: name,
                command: ['sh', '-c', script],
                envFrom: [{ secretRef: { name: 'passwords' } }, { configMapRef: { name: 'settings' } }],
                readinessProbe: { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    };
  }

  const SERVES = 'touch /tmp/ready; exec sleep 3600';

  /** A release of two components, of a migration, and of what both need. */
  async function deploy(
    release: { web?: string; script?: string; color?: string; image?: string; failedScan?: boolean } = {},
    inputs: Record<string, string> = {},
    more: DeployOptions = {},
  ): Promise<DeployOutcome> {
    const jobs = { ...PYTHON, digest: python };
    const web = release.web === 'python' ? jobs : { ...DEBIAN, digest: debian };
    writeManifest(path.join(sources, 'all.yaml'), [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        data: { COLOR: release.color ?? 'red' },
      },
      workload('web', release.script ?? SERVES),
      workload('jobs', SERVES),
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'migrate' },
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'main', image: release.image ?? 'jobs', command: ['true'] }],
            },
          },
        },
      },
    ]);
    const vault = {
      azureSubscription: 'langflow-azure',
      keyVault: 'langflow-local',
      secrets: 'passwords: { REDIS: redis-password }',
    };
    const scan = release.failedScan ? failedScan([...new Set([web.digest, python])]) : undefined;
    return deployStep(
      { environment, folder, sources, namespace },
      { web, jobs },
      { ...vault, ...inputs },
      { scan, ...more },
    );
  }

  interface RunningPod {
    uid: string;
    image: string;
  }

  /** The ready pods of a workload. */
  function readyPods(app: string): RunningPod[] {
    const { items } = JSON.parse(
      kubectl('-n', namespace, 'get', 'pods', '-l', `app=${app}`, '-o', 'json'),
    ) as {
      items: {
        metadata: { uid: string; deletionTimestamp?: string };
        status: { containerStatuses?: { ready: boolean; imageID: string }[] };
      }[];
    };
    return items
      .filter(({ metadata, status }) => !metadata.deletionTimestamp && status.containerStatuses?.[0]?.ready)
      .map(({ metadata, status }) => ({
        uid: metadata.uid,
        image: status.containerStatuses?.[0]?.imageID.split('@')[1] ?? '',
      }));
  }

  const names = (kind: string): string[] =>
    kubectl('-n', namespace, 'get', kind, '-o', 'name')
      .split('\n')
      .map((name) => name.split('/')[1] ?? '')
      .filter((name) => name !== '' && name !== 'kube-root-ca.crt');

  it('applies nothing when a secret is missing in the vault', async () => {
    const step = await deploy({}, { secrets: 'passwords: { REDIS: redis-password, NONE: no-such-secret }' });
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /nothing was applied[^]*- https:.*\/secrets\/no-such-secret: there is no such secret/,
    );
    assert.equal(kubectl('get', 'namespace', namespace, '--ignore-not-found', '-o', 'name'), '');
  });

  it('applies nothing of an image that is not pinned, and of a release that did not pass the scan', async () => {
    const unpinned = await deploy({ image: 'debian:bookworm' });
    assert.match(unpinned.message, /all\.yaml, line \d+: Job\/migrate, container 'main': debian:bookworm/);
    const failed = await deploy({ failedScan: true });
    assert.match(failed.message, /did not pass the scan/);
    const unscanned = await deploy({}, { requireScan: 'true' });
    assert.match(unscanned.message, /was not scanned, and requireScan is on; nothing was applied/);
    assert.equal(kubectl('get', 'namespace', namespace, '--ignore-not-found', '-o', 'name'), '');
  });

  it('removes a first release that fails, with the last words of what failed', async () => {
    const step = await deploy({ script: 'echo no-database-here; exit 3' });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Deployment\/web did not become healthy/);
    assert.match(step.message, /exit code 3[^]*no-database-here/);
    assert.equal(step.outputs.outcome, 'restored');
    assert.deepEqual(names('deployments,jobs,configmaps'), []);
    const { result, deployment } = viewOf(step);
    assert.deepEqual([result, deployment?.outcome], ['failed', 'restored']);
    assert.match(deployment?.diagnosis ?? '', /Deployment\/web did not become healthy[^]*no-database-here/);
  });

  it('deploys a release by digest, with versioned secrets, on Node 24', async () => {
    const step = await deploy({}, {}, { node: 24 });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.deepEqual(
      readyPods('web').map(({ image }) => image),
      [debian],
    );
    assert.deepEqual(
      readyPods('jobs').map(({ image }) => image),
      [python],
    );
    const { deployment } = await readRelease(step.file);
    assert.equal(deployment?.outcome, 'deployed');
    assert.equal(step.outputs.revision, String(deployment.revision));
    const secret = names('secrets').find((name) => name.startsWith('passwords-')) ?? '';
    const password = readFileSync(path.join(environment.state, 'vault/secrets/redis-password'), 'utf8');
    const [stored, immutable] = kubectl(
      ...['-n', namespace, 'get', 'secret', secret, '-o', 'jsonpath={.data.REDIS} {.immutable}'],
    ).split(' ');
    assert.equal(Buffer.from(stored ?? '', 'base64').toString(), password);
    assert.equal(immutable, 'true');
    assert.equal(step.log.includes(password), false);
    assert.match(step.summary, /is deployed and healthy/);
    const view = viewOf(step);
    assert.deepEqual([view.result, view.deployment?.revision], ['succeeded', deployment.revision]);
    assert.ok(
      view.deployment?.workloads?.some(({ name, healthyMs }) => name === 'Deployment/web' && healthyMs),
    );
    assert.ok(view.deployment?.plan?.changes.some(({ name, diff }) => name === 'Secret/passwords' && diff));
    assert.equal(JSON.stringify(view).includes(password), false);
  });

  it('changes nothing when the same release comes again', async () => {
    const before = [...readyPods('web'), ...readyPods('jobs')];
    const revision = names('secrets').filter((name) => name.startsWith('langflow-delivery.v'));
    const step = await deploy();
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(step.message, /was deployed already/);
    assert.deepEqual([...readyPods('web'), ...readyPods('jobs')], before);
    assert.deepEqual(
      names('secrets').filter((name) => name.startsWith('langflow-delivery.v')),
      revision,
    );
  });

  it('rolls only the workload whose image changed', async () => {
    const [jobs] = readyPods('jobs');
    const step = await deploy({ web: 'python' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.deepEqual(
      readyPods('web').map(({ image }) => image),
      [python],
    );
    assert.deepEqual(readyPods('jobs'), [jobs]);
  });

  it('puts the former release back when the new one is never ready, and that one serves all the while', async () => {
    const [web] = readyPods('web');
    const step = await deploy(
      { web: 'python', script: 'echo waiting-for-nothing; exec sleep 3600', color: 'blue' },
      { timeout: '10s' },
    );
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /readiness probe does not pass[^]*waiting-for-nothing/);
    assert.match(step.message, /Restored release r \(revision \d+\)/);
    assert.equal(step.outputs.outcome, 'restored');
    assert.deepEqual(readyPods('web'), [web], 'the pod that served before is the one that serves');
    assert.equal(names('configmaps').length, 1, 'the content of the failed release is gone');
    const { deployment } = await readRelease(step.file);
    assert.equal(deployment?.outcome, 'restored');
  });

  it('lists every object that the API server refuses, and applies none', async () => {
    const before = names('secrets');
    writeFileSync(
      path.join(sources, 'wrong.yaml'),
      stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { prots: [] } }),
    );
    try {
      const step = await deploy({ color: 'green' });
      assert.match(step.message, /wrong\.yaml, line 1: Service\/web: [^]*prots/);
      assert.deepEqual(names('secrets'), before);
    } finally {
      rmSync(path.join(sources, 'wrong.yaml'));
    }
  });

  it('puts the former release back when the step is cancelled', async () => {
    const step = await deploy(
      { web: 'python', script: 'exec sleep 3600' },
      {},
      {
        cancelAfter: (log) =>
          log.includes('Deployment/web: old pods still to end: 1') || log.includes('Deployment/web: 0 of 1'),
      },
    );
    assert.equal(step.result, 'Canceled');
    assert.equal(viewOf(step).result, 'canceled');
    const command = kubectl(
      ...[
        '-n',
        namespace,
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].command[2]}',
      ],
    );
    assert.equal(command, SERVES);
  });
});

function failedScan(digests: string[]): ReleaseManifest['scan'] {
  return {
    time: '2026-01-01T00:00:00Z',
    scanner: { name: 'trivy', version: '1', databaseUpdatedAt: '2026-01-01T00:00:00Z' },
    digests,
    severity: 'HIGH',
    counts: {},
    verdict: 'failed',
  };
}
