import assert from 'node:assert/strict';
import { obsolete, planRecord, readRecords, recordSecret } from '../../../../tasks/common/rollout/record';
import { object, record } from './samples';

describe('record', () => {
  it('comes back from its Secret as it was, the latest first', () => {
    const records = [record(9, 'failed', [object('Service')]), record(10, 'deployed')];
    assert.deepEqual(readRecords(records.map(recordSecret)), [records[1], records[0]]);
  });

  it('goes back to the latest deployed one, and takes a revision that no failed one has had', () => {
    const plan = planRecord(
      [record(4, 'failed'), record(3, 'deployed'), record(2, 'deployed')],
      [object('Service')],
    );
    assert.equal(plan.former?.revision, 3);
    assert.equal(plan.revision, 5);
    assert.deepEqual(
      plan.dropped.map(({ revision }) => revision),
      [4],
    );
  });

  it('keeps the revision of a release that is deployed already', () => {
    const plan = planRecord([record(3, 'deployed', [object('Service')])], [object('Service')]);
    assert.equal(plan.unchanged, true);
    assert.equal(plan.revision, 3);
    assert.deepEqual(plan.dropped, []);
  });

  it('keeps ten, the new one among them', () => {
    const records = Array.from({ length: 10 }, (_, index) => record(10 - index, 'deployed'));
    assert.deepEqual(
      planRecord(records, [object('Service')]).dropped.map(({ revision }) => revision),
      [1],
    );
  });

  it('deletes what nobody has any more, but never data or the namespace', () => {
    const from = [
      object('Service', 'a'),
      object('Service', 'b'),
      object('PersistentVolumeClaim'),
      object('Namespace'),
    ];
    assert.deepEqual(obsolete(from, [[object('Service', 'b')]]), [from[0]]);
  });
});
