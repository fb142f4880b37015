import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ReleaseManifest } from '../../tasks/common/release/release';
import { underLoad } from '../e2e/support/load';
import { kubectl } from './support/cluster';
import { withoutPostJob, type DeployOutcome } from './support/deployStep';
import { ServedRelease, type Variant } from './support/servedRelease';

interface PodItem {
  metadata: { uid: string; labels: Record<string, string>; deletionTimestamp?: string };
}

const AT_ONCE = { PROCESS_SIGINT_TIMEOUT: '1', PROCESS_SIGTERM_TIMEOUT: '1' };

/** A canary beside a release of four served pods and a worker. */
describe('LangflowDeploy, with a canary', function () {
  this.timeout(600_000);

  let release: ServedRelease;
  /** Uids of the stable pods. */
  let stable: string[];

  beforeEach(async () => {
    release = await ServedRelease.create();
    const step = await release.deploy(four('1'));
    assert.equal(step.result, 'Succeeded', step.message);
    await release.serves();
    stable = podsOf();
  });
  afterEach(() => {
    release.remove();
  });

  function four(version: string, more: Partial<Variant> = {}): Variant {
    return {
      version,
      ...more,
      edit: ({ spec }) => {
        spec.replicas = 4;
      },
    };
  }

  /** Uids of the pods of a track; without one, of the stable ones. */
  function podsOf(track?: string): string[] {
    const { items } = release.get(
      'pods',
      '--selector=app.kubernetes.io/managed-by=langflow-delivery,app',
    ) as {
      items: PodItem[];
    };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .filter(({ metadata }) => metadata.labels['langflow-delivery/track'] === track)
      .map(({ metadata }) => metadata.uid)
      .sort();
  }

  async function canary(version: string, share = '25'): Promise<DeployOutcome> {
    const step = await release.deploy(four(version), { canary: share });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(step.outputs.outcome, 'canary');
    return step;
  }

  function assertStableAlone(): void {
    assert.deepEqual(release.names('deployments'), ['web', 'worker']);
    assert.deepEqual(podsOf(), stable, 'the stable pods are those of before');
    assert.equal(release.names('configmaps').length, 1, 'nothing of the canary is left');
  }

  const replicas = (deployment: string): string =>
    kubectl([
      'get',
      'deployment',
      deployment,
      '--namespace',
      release.namespace,
      '-o',
      'jsonpath={.spec.replicas}',
    ]);

  /** Waits for the Service to serve these versions and no other: the node learns of a pod a moment after the API server. */
  async function assertServes(...expected: string[]): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const versions = new Set<string>();
      for (let request = 0; request < 100; request++) {
        const response = await fetch(release.address, { headers: { connection: 'close' } });
        versions.add((await response.text()).trim());
      }
      const served = [...versions].sort();
      if (served.join() === expected.join()) return;
      if (Date.now() > deadline) assert.deepEqual(served, expected);
    }
  }

  it('serves by the same Service beside the stable pods, grows, and is rejected, without a failed request', async () => {
    const file = await underLoad(release.address, async () => {
      const step = await canary('2');
      assert.match(step.message, /Release r serves as a canary of 25 %, and is healthy: revision 2/);
      assert.match(step.log, /Deployment\/web-canary: 1 pod beside 4/);
      assert.deepEqual(release.names('deployments'), ['web', 'web-canary', 'worker', 'worker-canary']);
      assert.equal(replicas('web-canary'), '1');
      assert.deepEqual(podsOf(), stable);
      await assertServes('1', '2');
      const { deployment } = JSON.parse(readFileSync(step.file, 'utf8')) as ReleaseManifest;
      assert.equal(deployment?.outcome, 'canary');
      assert.equal(release.names('jobs').length, 1);

      const first = podsOf('canary');
      const more = await canary('2', '50%');
      assert.equal(replicas('web-canary'), '2');
      assert.equal(podsOf('canary').length, 3);
      assert.ok(
        first.every((uid) => podsOf('canary').includes(uid)),
        'it is only scaled',
      );
      assert.deepEqual(podsOf(), stable);

      const step3 = await release.act('reject');
      assert.equal(step3.result, 'Succeeded', step3.message);
      assert.match(
        step3.message,
        /Rejected the canary of release r \(revision 3\); release r \(revision 1\) serves alone/,
      );
      assert.deepEqual(step3.outputs, { outcome: 'restored', revision: '1' });
      return more.file;
    });
    assertStableAlone();
    const again = await release.act('reject');
    assert.match(again.message, /There is no canary in '.*'; nothing was changed/);
    assert.equal(again.result, 'Succeeded');
    const late = await release.act('promote', { releaseManifest: file });
    assert.equal(late.result, 'Failed');
    assert.match(late.message, /There is no canary of release r in/);
    assertStableAlone();
  });

  it('is promoted without a failed request, once', async () => {
    const older = await canary('3');
    const { file } = await canary('2');
    const other = await release.act('promote', { releaseManifest: older.file });
    assert.match(other.message, /not that of release r, but of release r \(revision 3\): another deployment/);

    const step = await underLoad(release.address, () => release.act('promote', { releaseManifest: file }));
    assert.equal(step.result, 'Succeeded', step.message);
    assert.deepEqual(step.outputs.outcome, 'deployed');
    assert.deepEqual(release.names('deployments'), ['web', 'worker']);
    assert.equal(podsOf().length, 5);
    await assertServes('2');
    assert.equal(release.names('configmaps').length, 2, 'that of the way back, and its own');
    const again = await release.act('promote', { releaseManifest: file });
    assert.match(again.message, /was deployed already and is healthy: revision 4/);
    const back = await release.rollback();
    assert.match(back.message, /Rolled back to release r \(revision 1\)/);
  });

  it('is removed with its release when the promotion fails', async () => {
    const { file } = await canary('2');
    const full = `--hard=count/pods=${podsOf().length + podsOf('canary').length}`;
    kubectl(['create', 'quota', 'full', full, '--namespace', release.namespace]);
    const step = await underLoad(release.address, () =>
      release.act('promote', { releaseManifest: file, timeout: '30s' }),
    );
    assert.equal(step.outputs.outcome, 'restored', step.message);
    assert.match(step.message, /exceeded quota[^]*Restored release r \(revision 1\)/);
    assertStableAlone();
  });

  it('is diagnosed and removed when it fails', async () => {
    const step = await underLoad(release.address, () =>
      release.deploy(four('2', { behaviour: 'crash' }), { canary: '25' }),
    );
    assert.equal(step.outputs.outcome, 'restored', step.message);
    assert.match(step.message, /Deployment\/w\w+-canary did not become healthy: [^]*no-database-here/);
    assertStableAlone();
  });

  it('gives way to a release that is rolled out whole, also to one that fails', async () => {
    await canary('2');
    const bad = await release.deploy(four('3', { behaviour: 'crash' }));
    assert.equal(bad.outputs.outcome, 'restored', bad.message);
    assertStableAlone();
    await canary('2');
    const good = await underLoad(release.address, () => release.deploy(four('3')));
    assert.equal(good.outputs.outcome, 'deployed', good.message);
    assert.deepEqual(release.names('deployments'), ['web', 'worker']);
    await assertServes('3');
  });

  it('is all that a rollback takes back, and stays when a release is refused', async () => {
    await canary('2');
    const refused = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wrong' }, spec: { prots: [] } };
    const step = await release.deploy(four('3', { more: [refused] }));
    assert.match(step.message, /refuses 1 of/);
    assert.equal(replicas('web-canary'), '1');
    const back = await release.rollback();
    assert.equal(back.result, 'Succeeded', back.message);
    assert.match(back.message, /Rejected the canary of release r \(revision 2\)/);
    assertStableAlone();
  });

  it('is removed after a kill: by the post-job phase, and without an agent by the next canary', async () => {
    const cancelAfter = (log: string): boolean => /Deployment\/worker-canary: \d of 1 pods/.test(log);
    const killed = (tasks?: string): Promise<DeployOutcome> =>
      release.deploy(
        four('2', { behaviour: 'never-ready' }),
        { canary: '25' },
        { cancelAfter, variables: AT_ONCE, ...(tasks !== undefined && { tasks }) },
      );
    const step = await killed();
    assert.equal(step.result, 'Canceled');
    assertStableAlone();

    await killed(withoutPostJob(release.folder));
    assert.ok(release.names('deployments').includes('worker-canary'), 'it was left half');
    const next = await canary('3');
    assert.match(next.log, /Restoring release r \(revision 1\)/);
    assert.deepEqual(podsOf(), stable);
    await release.act('reject');
    assertStableAlone();
  });
});
