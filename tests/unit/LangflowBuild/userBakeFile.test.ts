import assert from 'node:assert/strict';
import { componentsOf } from '../../../tasks/LangflowBuild/userBakeFile';

describe("a user's bake file", () => {
  it('gives images, tests and bases; what the task decides is left out, the rest is kept', () => {
    const components = componentsOf(
      {
        group: {
          default: { targets: ['images'] },
          images: { targets: ['app', 'web'] },
          test: { targets: ['unit'] },
        },
        target: {
          base: { context: 'base' },
          app: {
            context: '.',
            dockerfile: 'docker/App',
            contexts: { base: 'target:base', x: 'x' },
            tags: ['a:1'],
            output: ['type=docker'],
            'no-cache': true,
          },
          web: { context: 'https://example.org/web.git', dockerfile: 'Dockerfile' },
          unit: { context: '.', target: 'unit' },
        },
      },
      '/src',
    );
    assert.deepEqual(
      components.map(({ name, publish, testOf }) => [name, publish, testOf]),
      [
        ['base', false, undefined],
        ['app', true, undefined],
        ['web', true, undefined],
        ['unit', false, 'unit'],
      ],
    );
    const [, app, web] = components;
    assert.equal(app?.dockerfile, '/src/docker/App');
    assert.deepEqual(app.contexts, { base: 'target:base', x: '/src/x' });
    assert.deepEqual(app.bake, { 'no-cache': true });
    assert.deepEqual([web?.context, web?.dockerfile], ['https://example.org/web.git', 'Dockerfile']);
  });

  it('has to have something to build', () => {
    assert.throws(() => componentsOf({ target: { a: {} } }, '/'), /no group 'default'/);
  });

  it('has to name its targets so that a release can have them', () => {
    assert.throws(
      () => componentsOf({ target: { default: {}, A_b: {} }, group: { default: { targets: ['A_b'] } } }, '/'),
      /'A_b'/,
    );
  });
});
