import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../samples/infra');
const read = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');

/** The names that a line of Bicep declares: `param name string`, `output name string = …`. */
const declared = (text: string, keyword: string): string[] =>
  [...text.matchAll(new RegExp(`^${keyword} (\\w+)`, 'gm'))].map((match) => match[1] ?? '');
const required = (text: string): string[] =>
  [...text.matchAll(/^param (\w+) [^=\n]+$/gm)].map((match) => match[1] ?? '');

/** The modules of main.bicep: symbolic name, path, names of the parameters. */
function modulesOf(text: string): { name: string; file: string; params: string[] }[] {
  return [...text.matchAll(/^module (\w+) '([^']+)' = \{\n(.*?)^\}/gms)].map(
    ([, name = '', file = '', body = '']) => {
      const params = /params: \{(.*?)\}/s.exec(body)?.[1] ?? '';
      return { name, file, params: [...params.matchAll(/(\w+): /g)].map((match) => match[1] ?? '') };
    },
  );
}

/** What a compiler would say of the seams between main.bicep and its modules. */
function problemsOf(main: string, moduleText: (file: string) => string): string[] {
  const modules = modulesOf(main);
  const problems = modules.flatMap(({ name, file, params }) => {
    const text = moduleText(file);
    return [
      ...params
        .filter((param) => !declared(text, 'param').includes(param))
        .map((param) => `${name}: ${file} has no parameter ${param}`),
      ...required(text)
        .filter((param) => !params.includes(param))
        .map((param) => `${name}: ${param} is missing`),
    ];
  });
  for (const [, name = '', output = ''] of main.matchAll(/(\w+)\.outputs\.(\w+)/g)) {
    const file = modules.find((module) => module.name === name)?.file;
    if (file === undefined || !declared(moduleText(file), 'output').includes(output))
      problems.push(`${name} has no output ${output}`);
  }
  return problems;
}

describe('samples/infra', () => {
  const main = read('main.bicep');

  it('passes each module the parameters that it declares, and uses outputs that exist', () => {
    assert.ok(modulesOf(main).length >= 7, 'the modules are found');
    assert.deepEqual(problemsOf(main, read), []);
  });

  it('tells a parameter that is missing, one too many, and an unknown output', () => {
    const broken = main
      .replace('alertEmail: alertEmail }', 'colour: tags }')
      .replace('acr.outputs.loginServer', 'acr.outputs.server');
    assert.deepEqual(problemsOf(broken, read), [
      'monitoring: modules/monitoring.bicep has no parameter colour',
      'monitoring: alertEmail is missing',
      'acr has no output server',
    ]);
  });

  it('uses each module', () => {
    assert.deepEqual(
      modulesOf(main)
        .map(({ file }) => path.basename(file))
        .sort(),
      readdirSync(path.join(FOLDER, 'modules')).sort(),
    );
  });

  for (const name of ['dev', 'production']) {
    it(`sets what main.bicep needs in ${name}.bicepparam`, () => {
      assert.deepEqual(declared(read(`${name}.bicepparam`), 'param').sort(), required(main).sort());
    });
  }
});
