import assert from 'node:assert/strict';
import { waveOf, wavesOf } from '../../../../tasks/common/rollout/waves';
import { object } from './samples';

describe('wavesOf', () => {
  it('brings data services before migrations before all that needs both', () => {
    const kinds = ['Deployment', 'Ingress', 'Job', 'StatefulSet', 'Secret', 'ServiceAccount'];
    assert.deepEqual(
      wavesOf(kinds.map((kind) => object(kind))).map((wave) => wave.map(({ kind }) => kind)),
      [['ServiceAccount'], ['Secret'], ['StatefulSet'], ['Job'], ['Deployment'], ['Ingress']],
    );
  });
});

describe('waveOf', () => {
  const named = (name: string, metadata: object = {}) =>
    object('Deployment', name, { metadata: { name, ...metadata } });

  for (const [name, wave] of [
    ['langflow-backend', 'backend'],
    ['api', 'backend'],
    ['worker', 'workers'],
    ['celery-beat', 'workers'],
    ['frontend', 'frontend'],
    ['langflow-ui', 'frontend'],
  ] as const) {
    it(`takes a Deployment '${name}' for ${wave}`, () => {
      assert.equal(waveOf(named(name)), wave);
    });
  }

  it('believes the label before the name, and the annotation before both', () => {
    const labels = { 'app.kubernetes.io/component': 'worker' };
    assert.equal(waveOf(named('frontend', { labels })), 'workers');
    const annotations = { 'langflow-delivery/wave': 'data' };
    assert.equal(waveOf(named('frontend', { labels, annotations })), 'data');
  });

  it('refuses an annotation that names no wave', () => {
    const annotations = { 'langflow-delivery/wave': 'last' };
    assert.throws(() => waveOf(named('x', { annotations })), /Deployment\/x .*'last'; accepted are policy, /);
  });
});
