import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { select, withBases } from '../../../tasks/LangflowBuild/components';
import { parseComponents, readComponents } from '../../../tasks/LangflowBuild/componentsFile';
import { component } from './samples';

describe('the components file', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'components-'));
    for (const context of ['runtime', 'backend/docker'])
      mkdirSync(path.join(folder, context), { recursive: true });
    for (const dockerfile of ['runtime/Dockerfile', 'backend/Dockerfile', 'backend/docker/Other']) {
      writeFileSync(path.join(folder, dockerfile), 'FROM scratch\n');
    }
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const parse = (...lines: string[]) => parseComponents(lines.join('\n'), 'components.yml', folder);

  it('fills in the defaults and makes paths absolute', () => {
    const [runtime, backend] = parse(
      'components:',
      '  - name: runtime',
      '    context: runtime',
      '    publish: false',
      '  - name: backend',
      '    context: backend',
      '    dockerfile: docker/Other',
      '    target: final',
      "    args: { VERSION: '1.10' }",
      "    contexts: { runtime: 'target:runtime', shared: runtime, 'python:3.11': 'docker-image://mirror/python:3.11' }",
    );
    const context = path.join(folder, 'runtime');
    const dockerfile = path.join(context, 'Dockerfile');
    assert.deepEqual(runtime, component('runtime', { context, dockerfile, publish: false }));
    assert.deepEqual(backend, {
      ...runtime,
      name: 'backend',
      context: path.join(folder, 'backend'),
      dockerfile: path.join(folder, 'backend/docker/Other'),
      target: 'final',
      args: { VERSION: '1.10' },
      contexts: {
        runtime: 'target:runtime',
        shared: path.join(folder, 'runtime'),
        'python:3.11': 'docker-image://mirror/python:3.11',
      },
      publish: true,
    });
  });

  it('makes a target of every test, which is built like its component', () => {
    const [component, unit, whole] = parse(
      'components:',
      '  - name: a',
      '    context: runtime',
      "    args: { X: 'y' }",
      '    tests: [{ target: unit_tests }, { target: itest, name: whole }]',
    );
    assert.deepEqual(unit, {
      ...component,
      name: 'a-unit-tests',
      target: 'unit_tests',
      publish: false,
      testOf: 'a',
    });
    assert.equal(whole?.name, 'a-whole');
  });

  it('selects images with their tests and what they are built upon', () => {
    const components = parse(
      'components:',
      '  - { name: base, context: runtime, publish: false }',
      "  - { name: a, context: runtime, contexts: { x: 'target:base' }, tests: [{ target: unit }] }",
      "  - { name: b, context: runtime, contexts: { x: 'target:a' } }",
    );
    const names = (...wanted: string[]) =>
      select(components, wanted).map(({ name, publish }) => (publish ? name : `(${name})`));
    assert.deepEqual(names(), ['(base)', 'a', '(a-unit)', 'b']);
    assert.deepEqual(names('a'), ['(base)', 'a', '(a-unit)']);
    assert.deepEqual(names('b'), ['(base)', '(a)', 'b']);
    assert.throws(() => names('c'), { message: /'select': there is no image 'c'; accepted are a, b/ });
  });

  it('finds everything that a component is built upon', () => {
    const components = parse(
      'components:',
      "  - { name: a, context: runtime, contexts: { x: 'target:b' } }",
      "  - { name: b, context: runtime, contexts: { x: 'target:c' } }",
      '  - { name: c, context: runtime }',
    );
    const bases = components.map((component) => withBases(component, components).map(({ name }) => name));
    assert.deepEqual(bases, [['a', 'b', 'c'], ['b', 'c'], ['c']]);
  });

  const valid = '  - { name: other, context: runtime }';
  for (const [mistake, lines, message] of [
    ['an empty text', [''], /components\.yml, line 1, column \d+: the file is null; it must be object/],
    [
      'no list',
      ['component: []'],
      /line 1, column \d+: the file has the unknown key 'component'; accepted are components/,
    ],
    [
      'an unknown key beside the list',
      ['components: []', 'component: []'],
      /line 2, column \d+: the file has the unknown key 'component'; accepted are components\./,
    ],
    ['an empty list', ['components: []'], /line 1, column \d+: components must NOT have fewer than 1 items/],
    [
      'an unknown key',
      ['components:', valid, '  - name: a', '    docker: x'],
      /line 4, column \d+: components\[1\] has the unknown key 'docker'; accepted are name, context, dockerfile, target, args, contexts, platforms, labels, secrets, ssh, tests, publish\./,
    ],
    [
      'a missing name',
      ['components:', valid, '  - context: runtime'],
      /line 3, column \d+: components\[1\] .*'name'/,
    ],
    [
      'a wrong name',
      ['components:', '  - name: Back_End'],
      /line 2, column \d+: components\[0\]\.name is "Back_End"; accepted is lower-case letters/,
    ],
    [
      'a number that YAML would shorten',
      ['components:', '  - name: a', '    context: runtime', '    args:', '      VERSION: 1.10'],
      /line 5, column \d+: components\[0\]\.args\.VERSION is 1\.1; it must be string\. Put the value in quotes\./,
    ],
    [
      'a name twice',
      ['components:', valid, valid],
      /line 3, column \d+: component 'other': an earlier component has this name/,
    ],
    [
      'a missing context',
      ['components:', '  - name: a', '    context: nowhere'],
      /line 3, column \d+: component 'a': the context folder \S+nowhere does not exist/,
    ],
    [
      'a missing Dockerfile',
      ['components:', '  - name: a', '    context: runtime', '    dockerfile: Nope'],
      /line 4, column \d+: component 'a': the Dockerfile \S+runtime\/Nope does not exist/,
    ],
    [
      'a missing default Dockerfile, at its component',
      ['components:', '  - name: a'],
      /line 2, column \d+: component 'a': the Dockerfile \S+\/Dockerfile does not exist/,
    ],
    [
      'a base that is no component',
      ['components:', valid, "  - { name: a, context: runtime, contexts: { x: 'target:nope' } }"],
      /line 3, column \d+: component 'a': there is no component 'nope'; there are other, a\./,
    ],
    [
      'a named context that is no folder',
      ['components:', '  - { name: a, context: runtime, contexts: { x: nowhere } }'],
      /line 2, column \d+: component 'a': the folder \S+nowhere does not exist\. Accepted are target:/,
    ],
    [
      'a circle',
      [
        'components:',
        "  - { name: a, context: runtime, contexts: { x: 'target:b' } }",
        "  - { name: b, context: runtime, contexts: { x: 'target:c' } }",
        "  - { name: c, context: runtime, contexts: { x: 'target:b' } }",
      ],
      /line 3, column \d+: component 'b': the components need each other in a circle: b → c → b\./,
    ],
    [
      'nothing to publish',
      ['components:', '  - { name: a, context: runtime, publish: false }'],
      /every component has publish: false/,
    ],
    [
      'two tests of a name',
      ['components:', '  - name: a', '    context: runtime', '    tests: [{ target: t }, { target: T }]'],
      /line 4, column \d+: component 'a': another test or component is called a-t, too\./,
    ],
    ['broken YAML', ['components:', '  - name: [a'], /components\.yml/],
  ] as const) {
    it(`refuses ${mistake} and says where`, () => {
      assert.throws(() => parse(...lines), { message });
    });
  }

  it('is read from a file, from which its paths start, or from the input itself', () => {
    const file = path.join(folder, 'backend', 'components.yml');
    writeFileSync(file, 'components:\n  - name: backend\n');
    assert.equal(readComponents(file)[0]?.context, path.join(folder, 'backend'));
    const inline = `components: [{ name: runtime, context: ${folder}/runtime }]`;
    assert.equal(readComponents(inline)[0]?.context, path.join(folder, 'runtime'));
    assert.throws(() => readComponents('nowhere.yml'), { message: /nowhere\.yml cannot be read \(ENOENT\)/ });
  });
});
