import assert from 'node:assert/strict';
import { keepWhatHelmKeeps, withoutForeignHooks } from '../../../../tasks/LangflowDeploy/render/helm';
import { kindsOf } from '../../../../tasks/LangflowDeploy/render/capabilities';
import type { ManifestObject } from '../../../../tasks/LangflowDeploy/render/manifest';

function job(hooks?: string, annotations: Record<string, string> = {}): ManifestObject {
  const all = { ...annotations, ...(hooks !== undefined && { 'helm.sh/hook': hooks }) };
  const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job', annotations: all } };
  return { object, source: 'chart: templates/job.yaml, line 3' };
}
const WAVE = 'langflow-delivery/wave';

describe('withoutForeignHooks', () => {
  const kept: [string, ManifestObject, string | undefined][] = [
    ['what is no hook', job(), undefined],
    ['a hook before the release', job('pre-install,pre-upgrade'), undefined],
    ['a hook after it', job('post-install, post-upgrade'), 'frontend'],
    ['a hook before and after it', job('pre-install,post-upgrade'), undefined],
    ['a hook after it with a wave of its own', job('post-install', { [WAVE]: 'workers' }), 'workers'],
    ['a hook that is also a test', job('pre-install,test'), undefined],
    ['a definition of Helm 2', job('crd-install'), undefined],
  ];
  for (const [what, item, wave] of kept) {
    it(`keeps ${what}`, () => {
      const result = withoutForeignHooks([item]);
      assert.deepEqual(result.leftOut, []);
      assert.equal(result.kept[0]?.object.metadata.annotations?.[WAVE], wave);
    });
  }
  for (const hooks of ['test', 'test-success', 'pre-delete', 'post-delete', 'pre-rollback,post-rollback']) {
    it(`leaves out ${hooks}`, () => {
      const { kept: none, leftOut } = withoutForeignHooks([job(hooks)]);
      assert.deepEqual(none, []);
      assert.deepEqual(leftOut[0]?.hooks, hooks.split(','));
    });
  }
  it('refuses a hook that nobody knows', () => {
    assert.throws(
      () => withoutForeignHooks([job('pre-instal')]),
      /line 3: Job\/job has the Helm hook 'pre-instal'/,
    );
  });
});

describe('keepWhatHelmKeeps', () => {
  const PRUNE = 'langflow-delivery/prune';
  const annotationsOf = (annotations: Record<string, string>): Record<string, string> | undefined =>
    keepWhatHelmKeeps(job(undefined, annotations)).object.metadata.annotations;

  it('lets an object stay that Helm would', () => {
    assert.equal(annotationsOf({ 'helm.sh/resource-policy': 'keep' })?.[PRUNE], 'false');
    assert.equal(annotationsOf({ 'helm.sh/resource-policy': 'keep', [PRUNE]: 'true' })?.[PRUNE], 'true');
    assert.equal(annotationsOf({ a: 'b' })?.[PRUNE], undefined);
  });
});

describe('kindsOf', () => {
  it('names versions and kinds as Helm does', () => {
    const kinds = (...names: string[]): object[] => names.map((kind) => ({ responseKind: { kind } }));
    const items = [
      { metadata: {}, versions: [{ version: 'v1', resources: kinds('Pod', 'Secret') }] },
      {
        metadata: { name: 'policy' },
        versions: [{ version: 'v1', resources: kinds('PodDisruptionBudget') }],
      },
    ];
    assert.deepEqual(kindsOf({ items }), [
      'v1',
      'v1/Pod',
      'v1/Secret',
      'policy/v1',
      'policy/v1/PodDisruptionBudget',
    ]);
    assert.deepEqual(kindsOf({}), []);
  });
});
