import assert from 'node:assert/strict';
import type { Pod } from '../../../tasks/common/kubernetes/pods';
import { settlesIn } from '../../../tasks/LangflowSmokeTest/settle';
import { pod } from './samples';

const NOW = Date.parse('2026-01-01T12:00:00Z');

/** Deleted so long ago, with a grace period that the API server adds to the time that it shows. */
function leaving(secondsAgo: number, graceSeconds: number): Pod {
  const one = pod('web-0', { ready: true });
  const deleted = NOW - secondsAgo * 1_000;
  one.metadata.deletionTimestamp = new Date(deleted + graceSeconds * 1_000).toISOString();
  one.metadata.deletionGracePeriodSeconds = graceSeconds;
  return one;
}

describe('settlesIn', () => {
  for (const [what, pods, wanted] of [
    ['nothing leaves', [pod('web-1', { ready: true })], 0],
    ['a pod has just been deleted', [leaving(1, 60)], 4_000],
    ['several leave: the last counts', [leaving(4, 60), leaving(2, 0)], 3_000],
    ['a pod has been leaving for long', [leaving(20, 600)], 0],
    ['the clock of the cluster is ahead', [leaving(-90, 60)], 5_000],
  ] as const) {
    it(`${what}: ${wanted} ms`, () => {
      assert.equal(settlesIn(pods, NOW), wanted);
    });
  }
});
