import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import { Timeline } from '../../../tasks/common/rollout/timeline';
import { ViewDraft } from '../../../tasks/common/view/draft';
import { documentOf } from '../../../tasks/common/view/publish';
import type { Deployment } from '../../../tasks/common/view/view';
import type { Change } from '../../../tasks/LangflowDeploy/plan';
import { DeploymentFacts, deploymentView, formerOf } from '../../../tasks/LangflowDeploy/view';
import { printedBy } from '../support/agent';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const web: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'main', image: `r/web@${DIGEST}` },
          { name: 'loose', image: 'r/x:1' },
        ],
      },
    },
  },
};
const record = {
  ...{ revision: 7, name: 'r-7', status: 'deploying' as const, objects: [web], digests: { web: DIGEST } },
  ...{ time: '2026-11-25T09:00:00Z', run: {} },
};

describe('deploymentView', () => {
  const viewOf = (facts: DeploymentFacts): Deployment => {
    const draft = new ViewDraft('LangflowDeploy', 'deploy');
    draft.sections = () => ({ deployment: deploymentView(facts) });
    const { deployment } = documentOf(draft, { result: 'failed', message: '', started: 0, finished: 1 });
    return deployment ?? assert.fail('there is no section');
  };

  it('has only the namespace when nothing came of it', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(viewOf(new DeploymentFacts('langflow')))), {
      namespace: 'langflow',
    });
  });

  it('tells the way forth and back of a workload, the diagnosis and what became of it', async () => {
    const facts = new DeploymentFacts('langflow');
    const timeline = new Timeline(1_000);
    await printedBy(() => {
      timeline.applied(web, 1_100);
      timeline.note(web, { state: 'failed', detail: '0 of 1 pods updated' }, 1_200);
      timeline.restoring();
      timeline.applied(web, 1_300);
      timeline.note(web, { state: 'healthy' }, 1_900);
    });
    facts.timeline = timeline;
    facts.record = record;
    facts.result = {
      outcome: 'restored',
      diagnosis: 'Deployment/web: exit 3',
      message: 'Restored release r-6.',
    };
    const { origin, workloads, diagnosis, rollback, outcome, revision, images } = viewOf(facts);
    assert.equal(origin, '1970-01-01T00:00:01.000Z');
    assert.deepEqual(
      workloads?.map(({ name, wave, phase, appliedMs, healthyMs }) => [
        name,
        wave,
        phase,
        appliedMs,
        healthyMs,
      ]),
      [
        ['Deployment/web', 'frontend', 'rollout', 100, undefined],
        ['Deployment/web', 'frontend', 'restore', 300, 900],
      ],
    );
    assert.deepEqual(
      [diagnosis, rollback?.message, outcome, revision],
      ['Deployment/web: exit 3', 'Restored release r-6.', 'restored', 7],
    );
    assert.deepEqual(
      images?.map(({ container, image, digest }) => [container, image, digest]),
      [
        ['main', 'r/web', DIGEST],
        ['loose', 'r/x:1', undefined],
      ],
    );
  });

  it('has the diffs of what changes, as far as they fit together', () => {
    const change = (action: Change['action'], name: string): Change => ({
      action,
      name,
      fields: [],
      judged: true,
    });
    const [first, second, third] = [change('change', 'A'), change('create', 'B'), change('unchanged', 'C')];
    const facts = new DeploymentFacts('langflow');
    facts.plan = {
      changes: [first, second, third],
      diffs: new Map([
        [first, '-a\n+b'],
        [second, 'x'.repeat(600_000)],
        [third, ''],
      ]),
      warnings: ['one replica'],
    };
    const { plan } = viewOf(facts);
    assert.deepEqual(
      plan?.changes.map(({ action, name, diff }) => [action, name, diff]),
      [
        ['change', 'A', '-a\n+b'],
        ['create', 'B', undefined],
      ],
    );
    assert.deepEqual([plan.create, plan.change, plan.remove, plan.unchanged], [1, 1, 0, 1]);
  });

  it('says of the release before its name, its revision and its digests', () => {
    assert.deepEqual(formerOf(record), {
      name: 'r-7',
      revision: 7,
      components: [{ name: 'web', digest: DIGEST }],
    });
    assert.equal(formerOf(undefined), undefined);
  });
});
