import assert from 'node:assert/strict';
import {
  checkRolloutSettings,
  parsePodCount,
  setRollout,
  type RolloutSettings,
} from '../../../tasks/LangflowDeploy/rolloutSettings';
import { deployment, manifests, settings } from './samples';

describe('parsePodCount', () => {
  it('takes numbers and shares', () => {
    assert.deepEqual(
      [undefined, '0', '2', '25%', '100%'].map((text) => parsePodCount('maxSurge', text)),
      [undefined, 0, 2, '25%', '100%'],
    );
  });
  for (const text of ['-1', '101%', '1.5', 'two', '25 %', '99999']) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => parsePodCount('maxSurge', text), /Input 'maxSurge': found ".*25%/);
    });
  }
});

describe('checkRolloutSettings', () => {
  it('refuses what could replace no pod', () => {
    assert.throws(() => {
      checkRolloutSettings({ maxSurge: 0, maxUnavailable: '0%' });
    }, /maxUnavailable.*more than 0/);
    checkRolloutSettings({ maxSurge: 1, maxUnavailable: 0 });
    checkRolloutSettings({ maxUnavailable: 0 });
  });
});

describe('setRollout', () => {
  const strategyOf = (strategy: object | undefined, given: RolloutSettings): [unknown, string[]] => {
    const objects = manifests(settings('red'), deployment('backend', {}, strategy && { strategy }));
    const kept = setRollout(objects, given);
    return [(objects[1]?.object.spec as { strategy?: unknown }).strategy, kept];
  };
  const rolling = (rollingUpdate: object): object => ({ type: 'RollingUpdate', rollingUpdate });

  it('sets what is given over what the manifest has', () => {
    assert.deepEqual(strategyOf(undefined, { maxSurge: 2 }), [rolling({ maxSurge: 2 }), []]);
    assert.deepEqual(strategyOf(rolling({ maxSurge: 1, maxUnavailable: 0 }), { maxSurge: '50%' }), [
      rolling({ maxSurge: '50%', maxUnavailable: 0 }),
      [],
    ]);
  });
  it('changes nothing when nothing is given', () => {
    assert.deepEqual(strategyOf(undefined, { maxSurge: undefined }), [undefined, []]);
  });
  it('leaves Recreate, and says where', () => {
    assert.deepEqual(strategyOf({ type: 'Recreate' }, { maxSurge: 2 }), [
      { type: 'Recreate' },
      ['Deployment/backend'],
    ]);
  });
});
