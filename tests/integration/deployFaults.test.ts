import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../tasks/common/kubernetes/object';
import { readRecords } from '../../tasks/common/rollout/record';
import { underLoad } from '../e2e/support/load';
import { ApiServer } from './support/apiServer';
import { kubectl } from './support/cluster';
import { ServedRelease, type Variant } from './support/servedRelease';

/** Releases that break in every way, over one that works: afterwards the old or the new one serves whole. */
describe('LangflowDeploy, when things go wrong', () => {
  let release: ServedRelease;
  let old: ReturnType<ServedRelease['live']>;

  before(async () => {
    release = await ServedRelease.create();
    await release.release('1');
    old = release.live();
    assert.deepEqual(Object.keys(old), ['web', 'worker']);
  });
  after(() => {
    release.remove();
  });

  const broken: [string, Variant, RegExp, Record<string, string>?][] = [
    [
      'an image that is not in the registry',
      { version: '2', digest: `sha256:${'0'.repeat(64)}` },
      /Deployment\/web did not become healthy: [^]*ErrImagePull[^]*What to do: see whether the digest is still in the registry/,
    ],
    [
      'a container that ends again and again',
      { version: '2', behaviour: 'crash' },
      /exit code 3[^]*no-database-here[^]*What to do/,
    ],
    [
      'a container that ends again and again, and that no probe asks',
      { version: '2', behaviour: 'crash', probeless: true },
      /exit code 3[^]*no-database-here/,
    ],
    [
      'a readiness probe that does not pass',
      { version: '2', behaviour: 'never-ready' },
      /did not become healthy in time[^]*readiness probe does not pass; Readiness probe failed: HTTP probe failed with statuscode: 404/,
      { timeout: '15s' },
    ],
    [
      'a container that takes too much memory',
      { version: '2', behaviour: 'out-of-memory' },
      /OOMKilled[^]*raise the memory limit/,
    ],
    [
      'a quota without room for the surge',
      {
        version: '2',
        more: [
          {
            apiVersion: 'v1',
            kind: 'ResourceQuota',
            metadata: { name: 'pods' },
            spec: { hard: { 'count/pods': '3' } },
          },
        ],
      },
      /FailedCreate: [^]*exceeded quota[^]*What to do: raise the namespace's ResourceQuota/,
    ],
    [
      'a volume of a Secret that is not there',
      {
        version: '2',
        edit: ({ spec }) => {
          spec.template.spec.volumes = [{ name: 'v', secret: { secretName: 'nobody-made-it' } }];
          for (const container of spec.template.spec.containers)
            container.volumeMounts = [{ name: 'v', mountPath: '/v' }];
        },
      },
      /FailedMount: [^]*nobody-made-it[^]*What to do/,
    ],
    [
      'a node selector that no node has',
      {
        version: '2',
        edit: ({ spec }) => {
          spec.template.spec.nodeSelector = { disk: 'golden' };
        },
      },
      /did not become healthy in time[^]*Unschedulable: 0\/1 nodes are available[^]*What to do: add nodes/,
      { timeout: '10s' },
    ],
    [
      'a migration that fails',
      { version: '2', migration: 'fails' },
      /Job\/migrate-[0-9a-f]+ did not become healthy: BackoffLimitExceeded[^]*no-such-column/,
    ],
  ];

  for (const [what, variant, message, inputs] of broken) {
    it(`puts the old release back after ${what}`, async () => {
      const step = await underLoad(release.address, () => release.deploy(variant, inputs));
      assert.equal(step.result, 'Failed');
      assert.match(step.message, message);
      assert.match(step.message, /Restored release r \(revision \d+\)/);
      assert.equal(step.outputs.outcome, 'restored');
      assert.deepEqual(release.live(), old);
      assert.equal(release.names('configmaps').length, 1, 'nothing of the broken release is left');
      assert.deepEqual(release.names('resourcequotas'), []);
      assert.match(step.summary, /was not healthy; the former state was restored/);
    });
  }

  it('changes nothing when admission refuses a pod beforehand, or later', async () => {
    // Pod Security warns of the Deployment and refuses its pods.
    kubectl([
      'label',
      'namespace',
      release.namespace,
      'pod-security.kubernetes.io/enforce=baseline',
      '--overwrite',
    ]);
    const step = await release.deploy({
      version: '2',
      edit: ({ spec }) => {
        for (const container of spec.template.spec.containers)
          container.securityContext = { privileged: true };
      },
    });
    assert.match(
      step.message,
      /FailedCreate: [^]*violates PodSecurity[^]*What to do: the cluster does not admit the pod/,
    );
    assert.deepEqual(release.live(), old);
  });

  it('leaves an event about the release, for people with kubectl', () => {
    const { items } = release.get('events') as {
      items: { reason: string; involvedObject: { name: string } }[];
    };
    const reasons = items
      .filter(({ involvedObject }) => involvedObject.name.startsWith('langflow-delivery.v'))
      .map(({ reason }) => reason);
    for (const reason of ['ReleaseDeployed', 'ReleaseFailed', 'ReleaseRestored'])
      assert.ok(reasons.includes(reason), reason);
  });

  it('goes on when the API server is killed midway and comes back', async () => {
    const server = await ApiServer.start();
    try {
      const resources = structuredClone(release.environment.resources);
      const parameters = resources.serviceConnections?.['langflow-aks']?.parameters;
      assert.ok(parameters);
      parameters.kubeconfig = server.kubeconfig;
      let restarted: Promise<void> | undefined;
      const restart = async (): Promise<void> => {
        await server.kill();
        await sleep(3_000);
        await server.begin();
      };
      const step = await underLoad(release.address, () =>
        release.deploy(
          { version: '2' },
          {},
          {
            resources,
            cancelAfter: (log) => {
              if (/Deployment\/web: \d of 2 pods updated/.test(log)) restarted ??= restart();
              return false;
            },
          },
        ),
      );
      assert.ok(restarted, 'the server was killed');
      await restarted;
      assert.equal(step.result, 'Succeeded', step.message);
      assert.notDeepEqual(release.live(), old);
      old = release.live();
    } finally {
      await server.kill();
    }
  });

  describe('while the kubelet does nothing', () => {
    let kubelet: number;
    before(() => {
      const file = path.join(release.environment.state, 'run/kubelet.json');
      kubelet = (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
    });
    afterEach(() => {
      process.kill(kubelet, 'SIGCONT');
    });

    it('waits for it', async () => {
      let stopped = false;
      const step = await underLoad(release.address, () =>
        release.deploy(
          { version: 'after-a-pause' },
          { timeout: '150s' },
          {
            cancelAfter: (log) => {
              if (!stopped && log.includes('Deployment/worker: ')) {
                stopped = true;
                process.kill(kubelet, 'SIGSTOP');
                setTimeout(() => process.kill(kubelet, 'SIGCONT'), 8_000);
              }
              return false;
            },
          },
        ),
      );
      assert.ok(stopped);
      assert.equal(step.result, 'Succeeded', step.message);
      old = release.live();
    });

    it('goes back to the pods that still run when it does not come back in time', async () => {
      const step = await underLoad(release.address, async () => {
        process.kill(kubelet, 'SIGSTOP');
        return release.deploy({ version: 'never' }, { timeout: '10s' });
      });
      process.kill(kubelet, 'SIGCONT');
      assert.match(step.message, /did not become healthy in time[^]*Restored release r/);
      assert.equal(step.outputs.outcome, 'restored');
      assert.deepEqual(release.live(), old);
    });
  });

  it('lets a second deployment wait for the first, and fail when it must not wait', async () => {
    let begun: (() => void) | undefined;
    const underway = new Promise<void>((resolve) => (begun = resolve));
    const first = release.deploy(
      { version: '3' },
      {},
      {
        cancelAfter: (log) => {
          if (log.includes('Deployment/worker: ')) begun?.();
          return false;
        },
      },
    );
    await underway;
    const [impatient, patient] = await Promise.all([
      release.deploy({ version: '4' }, { lockTimeout: '0s' }),
      release.deploy({ version: '5' }),
    ]);
    assert.equal((await first).result, 'Succeeded', (await first).message);
    assert.match(
      impatient.message,
      /Another deployment to the namespace '.*' is going on \(run .*\); nothing was applied/,
    );
    assert.equal(patient.result, 'Succeeded', patient.message);
    assert.match(patient.log, /Waiting for another deployment/);
    old = release.live();
    assert.equal(versionOf(old.web?.settings), '5');
  });

  /** What the ConfigMap of a workload says. */
  function versionOf(settings: string | undefined): string {
    const { data } = release.get('configmap', settings ?? '') as { data: { VERSION: string } };
    return data.VERSION;
  }

  /** The version that all workloads serve whole. */
  function wholeVersion(): string {
    const live = release.live();
    for (const [name, { ready, others }] of Object.entries(live))
      assert.deepEqual([ready, others], [name === 'web' ? 2 : 1, 0], name);
    const versions = [...new Set(Object.values(live).map(({ settings }) => versionOf(settings)))];
    assert.equal(versions.length, 1, `all of one release: ${versions.join()}`);
    return versions.join();
  }

  function recordsThat(status: string): string[] {
    const selector = `langflow-delivery/status=${status}`;
    const names = kubectl([
      ...['get', 'secrets', '--namespace', release.namespace, '--selector', selector, '--output', 'name'],
    ]);
    return names.split('\n').filter((name) => name !== '');
  }

  /** The version of the release that a record has. */
  function versionIn(secret: string): string | undefined {
    const [record] = readRecords([release.get(secret) as KubernetesObject]);
    const settings = record?.objects.find(({ kind }) => kind === 'ConfigMap');
    return (settings?.data as { VERSION?: string } | undefined)?.VERSION;
  }

  /** Without time between the signals, the step is killed before it can do anything about it. */
  const AT_ONCE = { PROCESS_SIGINT_TIMEOUT: '1', PROCESS_SIGTERM_TIMEOUT: '1' };

  for (const [index, kill] of Array.from({ length: 10 }, (_, point) => [point, point % 2 === 1] as const)) {
    const after = Math.round((index + Math.random()) * 400);
    it(`is whole after ${kill ? 'SIGKILL' : 'SIGINT'}, ${after} ms into the deployment`, async () => {
      const version = `cut-${index}`;
      const before = wholeVersion();
      const cancel = new AbortController();
      const cut = (): void => {
        cancel.abort();
      };
      const step = await underLoad(release.address, () =>
        release.deploy(
          { version },
          {},
          {
            ...(kill && { variables: AT_ONCE }),
            // The first line about an object comes with the first wave.
            cancelAfter: (log) => {
              if (log.includes('waiting to see it')) setTimeout(cut, after);
              return false;
            },
            cancel: cancel.signal,
          },
        ),
      );
      if (step.result !== 'Succeeded') assert.equal(step.result, 'Canceled');
      assert.equal(step.post?.result, 'Succeeded', step.post?.message);
      assert.deepEqual(recordsThat('deploying'), []);
      // Whoever was cut off after the last object was healthy has deployed it; the record says which.
      const isDeployed = recordsThat('deployed').some((name) => versionIn(name) === version);
      assert.equal(wholeVersion(), isDeployed ? version : before);
      const settings = release.names('configmaps').map(versionOf);
      assert.equal(settings.includes(version), isDeployed, settings.join());
    });
  }
});
