import assert from 'node:assert/strict';
import { fileNameOf, imagesOf, lanesOf } from '../../../tasks/LangflowScan/targets';
import { DIGEST, target } from './samples';

describe('imagesOf', () => {
  it('has one target for each platform of each component, by digest', () => {
    const component = {
      image: 'contoso.azurecr.io/langflow/x',
      digest: DIGEST,
      baseImages: [{ image: 'debian', digest: DIGEST }],
    };
    const targets = imagesOf({
      components: [
        { ...component, name: 'backend', platforms: ['linux/amd64'] },
        { ...component, name: 'frontend', platforms: ['linux/amd64', 'linux/arm64'] },
      ],
    });
    const kind = 'image';
    const baseImages = [DIGEST];
    const reference = `contoso.azurecr.io/langflow/x@${DIGEST}`;
    assert.deepEqual(targets, [
      { kind, baseImages, name: 'backend', component: 'backend', reference, platform: 'linux/amd64' },
      {
        kind,
        baseImages,
        name: 'frontend (linux/amd64)',
        component: 'frontend',
        reference,
        platform: 'linux/amd64',
      },
      {
        kind,
        baseImages,
        name: 'frontend (linux/arm64)',
        component: 'frontend',
        reference,
        platform: 'linux/arm64',
      },
    ]);
  });
});

describe('lanesOf', () => {
  const of = (name: string, bases: string[], platform = 'linux/amd64'): ReturnType<typeof target> =>
    target(name, { baseImages: bases, platform });
  const lanes = (...targets: ReturnType<typeof target>[]): string[][] =>
    lanesOf(targets).map((lane) => lane.map(({ name }) => name));

  it('keeps images of a common base image together, and others apart', () => {
    assert.deepEqual(lanes(of('a', ['1']), of('b', ['2']), of('c', ['1'])), [['a', 'c'], ['b']]);
  });
  it('joins lanes that an image has a base image of each with', () => {
    assert.deepEqual(lanes(of('a', ['1']), of('b', ['2']), of('c', ['1', '2'])), [['a', 'b', 'c']]);
  });
  it('keeps platforms apart, which share no layer', () => {
    assert.deepEqual(lanes(of('a', ['1']), of('b', ['1'], 'linux/arm64')), [['a'], ['b']]);
  });
  it('has a lane for each image of which no base image is known', () => {
    assert.deepEqual(lanes(of('a', []), of('b', [])), [['a'], ['b']]);
  });
});

describe('fileNameOf', () => {
  it('is the name where that is a file name', () => {
    assert.equal(fileNameOf({ name: 'backend' }), 'backend');
  });
  it('tells names apart that differ in what a file name may not have', () => {
    const names = ['a/b:1', 'a-b-1', 'a/b-1', '../a', `x${'y'.repeat(200)}`, `x${'y'.repeat(201)}`];
    const files = names.map((name) => fileNameOf({ name }));
    assert.equal(new Set(files).size, names.length);
    for (const file of files) assert.match(file, /^[A-Za-z0-9_][A-Za-z0-9._-]{0,80}$/);
  });
});
