import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import {
  changedFields,
  comparable,
  planOf,
  predecessorOf,
  type Judged,
} from '../../../tasks/LangflowDeploy/plan';
import { NAME_ANNOTATION } from '../../../tasks/LangflowDeploy/names';
import { deployment, settings } from './samples';

const bookkeeping = {
  resourceVersion: '7',
  uid: 'u',
  generation: 3,
  creationTimestamp: 't',
  managedFields: [{}],
};

function live(object: KubernetesObject, metadata: object = {}): KubernetesObject {
  return {
    ...object,
    status: { replicas: 1 },
    metadata: { ...object.metadata, ...bookkeeping, ...metadata },
  };
}
/** A ConfigMap under the name that a release gives it. */
function hashed(color: string): KubernetesObject {
  const object = settings(color);
  return {
    ...object,
    metadata: { name: `settings-${color}`, annotations: { [NAME_ANNOTATION]: 'settings' } },
  };
}
const judged = (object: KubernetesObject, more: Partial<Judged> = {}): Judged => ({
  object,
  source: 'all.yaml, line 1',
  answer: object,
  ...more,
});
const summaryOf = (...given: Parameters<typeof planOf>): unknown[] =>
  planOf(...given).map(({ action, name, fields }) => [action, name, ...fields]);

describe('planOf', () => {
  const web = deployment('a');

  it('creates what is not there', () => {
    assert.deepEqual(summaryOf([judged(web)], []), [['create', 'Deployment/backend']]);
  });
  it('leaves what would stay as it is, whatever the server notes for itself', () => {
    const answer = live(web, { resourceVersion: '8', managedFields: [] });
    assert.deepEqual(summaryOf([judged(web, { live: live(web), answer })], []), [
      ['unchanged', 'Deployment/backend'],
    ]);
  });
  it('changes what would differ, and says where', () => {
    assert.deepEqual(summaryOf([judged(web, { live: live(web), answer: live(deployment('b')) })], []), [
      ['change', 'Deployment/backend', 'spec.template.spec.containers[main].image'],
    ]);
  });
  it('removes what left, but neither data nor what is to stay', () => {
    const of = (kind: string, annotations = {}): KubernetesObject => ({
      apiVersion: 'v1',
      kind,
      metadata: { name: 'old', annotations },
    });
    const former = [web, of('Service'), of('PersistentVolumeClaim'), of('Namespace')];
    assert.deepEqual(summaryOf([judged(web, { live: web })], former).at(-1), ['remove', 'Service/old']);
    assert.equal(summaryOf([judged(web, { live: web })], former).length, 2);
  });
  it('takes content under a new name for a change, and the old one not for removed', () => {
    const [change] = planOf([judged(hashed('blue'), { predecessor: live(hashed('red')) })], [hashed('red')]);
    assert.equal(change?.action, 'change');
    assert.equal(change.name, 'ConfigMap/settings');
    assert.deepEqual(change.fields, ['data.color']);
    assert.deepEqual(summaryOf([judged(hashed('blue'))], []), [['create', 'ConfigMap/settings']]);
    assert.deepEqual(summaryOf([], [hashed('red')]), [['remove', 'ConfigMap/settings']]);
  });
  it('does not claim to know what the server could not judge', () => {
    const [created, changed] = planOf(
      [judged(web, { answer: undefined }), judged(web, { answer: undefined, live: web })],
      [],
    );
    assert.deepEqual([created?.action, created?.judged], ['create', false]);
    assert.deepEqual([changed?.action, changed?.judged], ['change', false]);
  });
});

describe('predecessorOf', () => {
  it('is the same content under another name', () => {
    const former = [deployment('a'), hashed('red')];
    assert.equal(predecessorOf(hashed('blue'), former), former[1]);
    assert.equal(predecessorOf(hashed('red'), former), undefined);
    assert.equal(predecessorOf(settings('blue'), former), undefined);
    const secret = { ...hashed('blue'), kind: 'Secret' };
    assert.equal(predecessorOf(secret, former), undefined);
  });
});

describe('comparable', () => {
  it('leaves out the whole object that kubectl keeps in an annotation', () => {
    const object = live(settings('red'), {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"p":"s3cret"}}' },
    });
    assert.deepEqual(comparable(object), settings('red'));
  });
  it('leaves out what differs between any two Jobs', () => {
    const job = (uid: string): KubernetesObject => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', labels: { 'batch.kubernetes.io/controller-uid': uid, app: 'm' } },
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: { metadata: { labels: { 'controller-uid': uid, 'job-name': 'migrate' } }, spec: {} },
      },
    });
    assert.deepEqual(comparable(job('1')), comparable(job('2')));
    assert.deepEqual(comparable(job('1')).metadata.labels, { app: 'm' });
  });
});

describe('changedFields', () => {
  const cases: [string, unknown, unknown, string[]][] = [
    ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['an order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b']],
    ['a key that comes', { a: {} }, { a: { b: 1 } }, ['a.b']],
    ['a key that goes', { a: { b: 1 } }, { a: {} }, ['a.b']],
    ['a key with dots', { a: { 'b.c/d': 1 } }, { a: { 'b.c/d': 2 } }, ["a['b.c/d']"]],
    [
      'a named item',
      { a: [{ name: 'x', b: 1 }] },
      { a: [{ name: 'y' }, { name: 'x', b: 2 }] },
      ['a[x].b', 'a[y]'],
    ],
    ['an item', { a: [1, 2] }, { a: [1, 3] }, ['a[1]']],
    ['a length', { a: [1, 2] }, { a: [1] }, ['a']],
    ['a form', { a: { b: 1 } }, { a: 'text' }, ['a']],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`finds ${what}`, () => {
      assert.deepEqual(changedFields(before, after), expected);
    });
  }
});
