import assert from 'node:assert/strict';
import { underLoad } from '../e2e/support/load';
import { kubectl } from './support/cluster';
import { withoutPostJob, type DeployOutcome } from './support/deployStep';
import { ServedRelease, type Variant } from './support/servedRelease';

/** The ways back, beside that of a deployment that fails (deployFaults.test.ts). */
describe('LangflowDeploy, on the way back', function () {
  this.timeout(600_000);

  let release: ServedRelease;
  beforeEach(async () => {
    release = await ServedRelease.create();
  });
  afterEach(() => {
    release.remove();
  });

  const extra = (name: string, color: string): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { color } },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });

  async function succeeds(variant: Variant): Promise<DeployOutcome> {
    const step = await release.deploy(variant);
    assert.equal(step.result, 'Succeeded', step.message);
    return step;
  }

  const colorsOfServices = (): Record<string, string | undefined> => {
    const { items } = release.get('services') as {
      items: { metadata: { name: string; labels?: Record<string, string> } }[];
    };
    return Object.fromEntries(items.map(({ metadata: { name, labels } }) => [name, labels?.color]));
  };

  it('rolls back to the release before, and to any by its revision: new objects go, changed ones are as they were, pruned ones are back', async () => {
    await succeeds({ version: '1', more: [extra('changed', 'red'), extra('pruned', 'red')] });
    const [first, jobs] = [release.live(), release.names('jobs')];
    await succeeds({ version: '2', more: [extra('changed', 'blue'), extra('new', 'blue')] });
    const second = release.live();
    assert.deepEqual(colorsOfServices(), { web: undefined, changed: 'blue', new: 'blue' });

    const back = await underLoad(release.address, () => release.rollback());
    assert.equal(back.result, 'Succeeded', back.message);
    assert.match(back.message, /Rolled back to release r \(revision 1\), which is healthy/);
    assert.deepEqual(back.outputs, { outcome: 'restored', revision: '3' });
    assert.deepEqual(release.live(), first);
    assert.deepEqual(colorsOfServices(), { web: undefined, changed: 'red', pruned: 'red' });
    assert.deepEqual(release.names('jobs'), jobs, 'a migration does not run backwards');
    assert.match(back.summary, /was rolled back/);

    const again = await release.rollback({ revision: '2' });
    assert.equal(again.outputs.revision, '4');
    assert.deepEqual(release.live(), second);
    const unknown = await release.rollback({ revision: '9' });
    assert.match(
      unknown.message,
      /no revision 9 that was deployed and healthy; there are: 4 \(r, .*\), 3 .*, 2 .*, 1 /,
    );
  });

  it('says that there is nothing to go back to', async () => {
    const step = await release.rollback();
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /no other release in the namespace '.*' to go back to; nothing was changed/);
  });

  it('keeps what runs when the rollback fails', async () => {
    await release.release('1');
    await release.release('2');
    const before = release.live();
    const quota = ['create', 'quota', 'full', '--hard=count/pods=3', '--namespace', release.namespace];
    kubectl(quota);
    const step = await underLoad(release.address, () => release.rollback({ timeout: '30s' }));
    assert.match(step.message, /The rollback failed: [^]*exceeded quota[^]*What ran before runs again/);
    assert.equal(step.outputs.outcome, 'notRestored');
    assert.deepEqual(release.live(), before);
  });

  it('removes what a first release has made, and leaves what was there before', async () => {
    kubectl(['create', 'namespace', release.namespace]);
    kubectl(['create', 'service', 'clusterip', 'older', '--tcp=80', '--namespace', release.namespace]);
    const step = await release.deploy({ version: '1', behaviour: 'crash', more: [extra('older', 'red')] });
    assert.match(
      step.message,
      /Restored the state before this first release\. These objects .*: Service\/older/,
    );
    assert.deepEqual(release.names('services'), ['older']);
    assert.deepEqual(release.names('deployments,jobs,configmaps'), []);
  });

  describe('when the machine of the agent is gone in the middle', () => {
    async function crashed(): Promise<ReturnType<ServedRelease['live']>> {
      await release.release('1');
      const before = release.live();
      const step = await release.deploy(
        { version: '2', behaviour: 'never-ready', more: [extra('new', 'red')] },
        {},
        {
          tasks: withoutPostJob(release.folder),
          variables: { PROCESS_SIGINT_TIMEOUT: '1', PROCESS_SIGTERM_TIMEOUT: '1' },
          cancelAfter: (log) => log.includes('Deployment/worker: old pods still to end'),
        },
      );
      assert.equal(step.result, 'Canceled');
      assert.notDeepEqual(release.live(), before, 'it was left half');
      return before;
    }

    it('heals it by the next deployment', async () => {
      await crashed();
      const next = await underLoad(release.address, () => release.deploy({ version: '3' }));
      assert.equal(next.result, 'Succeeded', next.message);
      assert.match(next.log, /does not live any more; taking over/);
      assert.equal('new' in colorsOfServices(), false, 'what only the half release had is gone');
      const { items } = release.get('configmaps') as { items: { data: { VERSION?: string } }[] };
      const versions = items.map(({ data }) => data.VERSION).filter((version) => version !== undefined);
      assert.deepEqual(versions.sort(), ['1', '3'], 'the way back has what it needs');
    });

    it('restores what was before when the next deployment is refused', async () => {
      const before = await crashed();
      const refused = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wrong' }, spec: { prots: [] } };
      const next = await release.deploy({ version: '3', more: [refused] });
      assert.match(
        next.message,
        /wrong[^]*prots[^]*An earlier deployment was killed midway\. Restored release r \(revision 1\)/,
      );
      assert.deepEqual(release.live(), before);
    });

    it('restores what was before by a rollback', async () => {
      const before = await crashed();
      const step = await release.rollback();
      assert.equal(step.result, 'Succeeded', step.message);
      assert.deepEqual(release.live(), before);
    });
  });

  it('makes the namespace and the release again when somebody deletes it midway', async () => {
    await release.release('1');
    const before = release.live();
    let deleted = false;
    const step = await release.deploy(
      { version: '2', behaviour: 'never-ready' },
      {},
      {
        cancelAfter: (log) => {
          if (!deleted && log.includes('Deployment/worker: old pods still to end')) {
            deleted = true;
            kubectl(['delete', 'namespace', release.namespace, '--wait=false']);
          }
          return false;
        },
      },
    );
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Restored release r \(revision 1\)/);
    assert.deepEqual(release.live(), before);
    const next = await succeeds({ version: '3' });
    assert.equal(next.outputs.revision, '3', 'the records are back, too');
  });

  it('serves every request through ten good and ten broken updates', async () => {
    await release.release('0');
    await underLoad(release.address, async () => {
      for (let update = 1; update <= 10; update++) {
        await release.release(`good-${update}`);
        const digest = `sha256:${String(update % 10).repeat(64)}`;
        const step = await release.deploy({ version: `bad-${update}`, digest });
        assert.equal(step.outputs.outcome, 'restored', step.message);
      }
    });
  });
});
