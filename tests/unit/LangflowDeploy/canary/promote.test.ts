import assert from 'node:assert/strict';
import type { ReleaseRecord } from '../../../../tasks/common/rollout/record';
import { promotable } from '../../../../tasks/LangflowDeploy/canary/promote';
import { record } from '../../common/rollout/samples';
import { COMPONENTS, digest } from '../samples';

function of(revision: number, status: ReleaseRecord['status'], backend = digest('a')): ReleaseRecord {
  return { ...record(revision, status), name: 'r', digests: { backend } };
}

const manifest = { name: 'r', components: COMPONENTS };
const noted = (revision: number, namespace = 'langflow') => ({
  ...manifest,
  deployment: { time: '', namespace, digests: [], revision, outcome: 'canary' as const },
});

describe('what is promoted', () => {
  const stable = of(1, 'deployed', digest('0'));

  it('is the canary of this release', () => {
    assert.equal(promotable([of(2, 'canary'), stable], manifest, 'langflow').revision, 2);
    assert.equal(promotable([of(2, 'canary'), stable], noted(2), 'langflow').revision, 2);
    assert.equal(promotable([of(2, 'canary'), stable], noted(7, 'staging'), 'langflow').revision, 2);
  });

  it('is what is deployed when it is this release already: a first one, or a step that is tried again', () => {
    assert.equal(promotable([of(1, 'deployed')], manifest, 'langflow').revision, 1);
    assert.equal(promotable([of(3, 'deployed'), stable], noted(2), 'langflow').revision, 3);
  });

  const refused: [string, ReleaseRecord[], Parameters<typeof promotable>[1], RegExp][] = [
    [
      'of other images',
      [of(2, 'canary', digest('b')), stable],
      manifest,
      /not that of release r.*replaced it/,
    ],
    [
      'of another release',
      [{ ...of(2, 'canary'), name: 's' }, stable],
      manifest,
      /but of release s \(revision 2\)/,
    ],
    ['that came later', [of(3, 'canary'), stable], noted(2), /release r \(revision 3\).*replaced it/],
    ['that was rejected', [of(2, 'failed'), stable], manifest, /no canary of release r in 'langflow'/],
    ['that was rejected, over the same images', [of(2, 'failed'), of(1, 'deployed')], noted(2), /no canary/],
    ['where nothing is', [], manifest, /no canary of release r/],
  ];
  for (const [what, records, identity, expected] of refused) {
    it(`is no canary ${what}`, () => {
      assert.throws(() => promotable(records, identity, 'langflow'), expected);
    });
  }
});
