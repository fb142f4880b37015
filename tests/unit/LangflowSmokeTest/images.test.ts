import assert from 'node:assert/strict';
import { compareImages, onlyCanary } from '../../../tasks/LangflowSmokeTest/probes/images';
import { pod } from './samples';

const IMAGE = 'localhost:5000/langflow/web';
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const WEB = { name: 'web', image: IMAGE, digest: digest('a') };
const runs = (name: string, found: string, image = `${IMAGE}@${digest('a')}`) =>
  pod(name, { image, status: { imageID: `${IMAGE}@${found}` } });

describe('compareImages', () => {
  const compare = (...pods: ReturnType<typeof pod>[]) => compareImages([WEB], pods, 'langflow');

  it('passes when every container runs the digest, whatever its reference and whatever the node calls it', () => {
    const elsewhere = pod('web-3', { image: IMAGE, status: { imageID: `registry/mirror@${digest('a')}` } });
    const all = [runs('web-1', digest('a')), runs('web-2', digest('a'), `${IMAGE}:7`), elsewhere];
    assert.deepEqual(compare(...all), { wrong: [], starting: [] });
  });

  it('fails when one replica of several runs another, although its pod asks for the right one', () => {
    assert.deepEqual(compare(runs('web-1', digest('a')), runs('web-2', digest('b'))).wrong, [
      `Component web: container main of pod web-2 runs ${digest('b')}, the release has ${digest('a')}.`,
    ]);
  });

  it('looks at the containers that prepare a pod, too', () => {
    const prepared = pod('worker-1', { image: 'other' });
    Object.assign(prepared.spec ?? {}, { initContainers: [{ name: 'migrate', image: IMAGE }] });
    prepared.status = {
      initContainerStatuses: [
        { name: 'migrate', ready: true, restartCount: 0, image: IMAGE, imageID: `${IMAGE}@${digest('b')}` },
      ],
    };
    assert.match(
      compare(runs('web-1', digest('a')), prepared).wrong.join(),
      /container migrate of pod worker-1 runs/,
    );
  });

  it('waits for what does not run yet', () => {
    const waiting = { state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } };
    const { wrong, starting } = compare(
      runs('web-1', digest('a')),
      pod('web-2', { image: IMAGE, status: waiting }),
    );
    assert.deepEqual(wrong, []);
    assert.match(starting.join(), /container main of pod web-2 does not run \(ErrImagePull: not found\)\.$/);
  });

  it('fails when nothing runs a component, even if another image begins like its own', () => {
    for (const pods of [
      [],
      [pod('x', { image: `${IMAGE}-2`, status: { imageID: `${IMAGE}-2@${digest('a')}` } })],
    ]) {
      assert.match(
        compare(...pods).wrong.join(),
        /^Component web: no pod of namespace langflow with the label \S+ has a container of localhost:5000\/langflow\/web\.$/,
      );
    }
  });

  it('takes what ran to its end for a component that runs nowhere else, and only of this release', () => {
    const ended = (name: string, found: string) => ({
      ...runs(name, found),
      status: { ...runs(name, found).status, phase: 'Succeeded' as const },
    });
    assert.deepEqual(compare(ended('job-1', digest('b')), ended('job-2', digest('a'))), {
      wrong: [],
      starting: [],
    });
    assert.equal(compare(ended('job-1', digest('b'))).wrong.length, 1);
    assert.deepEqual(compare(ended('job-1', digest('b')), runs('web-1', digest('a'))).wrong, []);
  });
});

describe('onlyCanary', () => {
  const WORKER = { name: 'worker', image: 'localhost:5000/langflow/worker', digest: digest('c') };
  const canary = (name: string, found: string) => {
    const one = runs(name, found);
    return { ...one, metadata: { ...one.metadata, labels: { 'langflow-delivery/track': 'canary' } } };
  };
  const compare = (...pods: ReturnType<typeof pod>[]) => {
    const judged = onlyCanary([WEB, WORKER], pods);
    return compareImages(judged.components, judged.pods, 'langflow').wrong;
  };

  it('takes the stable pods, and components that wait for the promotion, for what they are', () => {
    assert.deepEqual(compare(canary('web-canary', digest('a')), runs('web-1', digest('b'))), []);
  });

  it('fails when a pod of the canary runs another digest, or there is none', () => {
    assert.match(
      compare(canary('web-canary', digest('b')), runs('web-1', digest('a'))).join(),
      /web-canary runs/,
    );
    assert.equal(compare(runs('web-1', digest('a'))).length, 2);
  });
});
