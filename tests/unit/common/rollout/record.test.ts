import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appliedBy,
  obsolete,
  planRecord,
  readRecords,
  recordSecret,
  rollbackTarget,
} from '../../../../tasks/common/rollout/record';
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

  it('keeps what asks to be kept', () => {
    const kept = { name: 'x', annotations: { 'langflow-delivery/prune': 'false' } };
    assert.deepEqual(obsolete([object('Service', 'x', { metadata: kept })], []), []);
  });

  it('says to a person with kubectl what it is', () => {
    const by = { ...record(3, 'deployed'), run: { by: 'Ada', url: 'https://example.org/7' } };
    assert.deepEqual(recordSecret(by).metadata.annotations, {
      'langflow-delivery/release': 'r3',
      'langflow-delivery/time': '2026-01-01T00:00:00.000Z',
      'langflow-delivery/by': 'Ada',
      'langflow-delivery/run': 'https://example.org/7',
    });
  });

  it('refuses a release that no Secret holds, before anything is applied', () => {
    // Random bytes cannot be packed.
    const data = { big: randomBytes(1_000_000).toString('base64') };
    assert.throws(
      () => recordSecret(record(1, 'deploying', [object('ConfigMap', 'x', { data })])),
      /holds 1024 KiB.*nothing was applied/,
    );
  });

  it('refuses a record that it cannot read: it would not know what to go back to', () => {
    const secret = { ...recordSecret(record(7, 'deployed')), data: { release: 'AAAA' } };
    assert.throws(() => readRecords([secret]), /langflow-delivery\.v7 cannot be read.*nothing was applied/);
  });

  it('is the same release though another run applied it, and another one after a crash', () => {
    const by = (run: string) =>
      object('Deployment', 'x', { metadata: { name: 'x', annotations: { 'langflow-delivery/run': run } } });
    assert.equal(planRecord([record(3, 'deployed', [by('a')])], [by('b')]).unchanged, true);
    const plan = planRecord([record(4, 'deploying'), record(3, 'deployed', [by('a')])], [by('a')]);
    assert.equal(plan.unchanged, false);
    assert.deepEqual(
      plan.crashed.map(({ revision }) => revision),
      [4],
    );
    assert.equal(plan.revision, 5);
  });
});

describe('a canary in the records', () => {
  const canary = {
    ...record(4, 'canary', [object('Service')]),
    canary: { share: 25, objects: [object('Job')] },
  };

  it('comes back from its Secret, and has applied its own objects only', () => {
    assert.deepEqual(readRecords([recordSecret(canary)]), [canary]);
    assert.deepEqual(appliedBy(canary), [object('Job')]);
    assert.deepEqual(appliedBy(record(3, 'deployed', [object('Service')])), [object('Service')]);
  });

  it('gives way to the next release, even to the one that is deployed; nothing goes back to it', () => {
    const records = [canary, record(3, 'deployed', [object('Deployment')])];
    const plan = planRecord(records, [object('Deployment')]);
    assert.deepEqual(plan.canaries, [canary]);
    assert.deepEqual(plan.crashed, []);
    assert.equal(plan.unchanged, false);
    assert.equal(plan.former?.revision, 3);
    assert.equal(plan.revision, 5);
    assert.deepEqual(plan.dropped, [canary]);
    assert.equal(rollbackTarget(records, undefined), undefined);
    assert.throws(() => rollbackTarget(records, 4), /no revision 4/);
  });
});

describe('rollbackTarget', () => {
  const records = [
    record(6, 'failed', [object('Service', 'f')]),
    record(5, 'deployed', [object('Service', 'a')]),
    record(4, 'deployed', [object('Service', 'a')]),
    record(3, 'deployed', [object('Service', 'b')]),
    record(2, 'deployed', [object('Service', 'c')]),
  ];
  it('is the latest healthy one that differs from the current', () => {
    assert.equal(rollbackTarget(records, undefined)?.revision, 3);
    assert.equal(rollbackTarget(records.slice(1, 2), undefined), undefined);
    assert.equal(rollbackTarget([], undefined), undefined);
  });
  it('is the one that was asked for', () => {
    assert.equal(rollbackTarget(records, 2)?.revision, 2);
  });
  it('is none that failed', () => {
    assert.throws(
      () => rollbackTarget(records, 6),
      /no revision 6 .*there are: 5 \(r5, .*\), 4 .*, 3 .*, 2 /,
    );
  });
});
