import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../samples/infra');
const read = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');

/** Types with versions, and ids of roles, that somebody has looked up, and where. */
const azure = JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures/azure.json'), 'utf8')) as {
  types: Record<string, string>;
  roles: Record<string, string>;
};

/** The names that a line of Bicep declares: `param name string`, `output name string = …`. */
const declared = (text: string, keyword: string): string[] =>
  [...text.matchAll(new RegExp(`^${keyword} (\\w+)`, 'gm'))].map((match) => match[1] ?? '');
const required = (text: string): string[] =>
  [...text.matchAll(/^param (\w+) [^=\n]+$/gm)].map((match) => match[1] ?? '');

/** The modules of a file: symbolic name, path, names of the parameters. */
function modulesOf(text: string): { name: string; file: string; params: string[] }[] {
  return [...text.matchAll(/^module (\w+) '([^']+)' = \{\n(.*?)^\}/gms)].map(
    ([, name = '', file = '', body = '']) => {
      // Braces of strings (`${name}-kv`) end no object.
      const params = /params: \{(.*?)\}/s.exec(body.replace(/'[^'\n]*'/g, "''"))?.[1] ?? '';
      return { name, file, params: [...params.matchAll(/(\w+): /g)].map((match) => match[1] ?? '') };
    },
  );
}

/** What a compiler would say of the seams between a file and its modules. `moduleText` is undefined for no such file. */
function problemsOf(main: string, moduleText: (file: string) => string | undefined): string[] {
  const modules = modulesOf(main);
  const problems = modules.flatMap(({ name, file, params }) => {
    const text = moduleText(file);
    if (text === undefined) return [`${name}: there is no ${file}`];
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
    const file = modules.find((module) => module.name === name)?.file ?? '';
    if (!declared(moduleText(file) ?? '', 'output').includes(output))
      problems.push(`${name} has no output ${output}`);
  }
  return problems;
}

/** Parameters and variables that a file declares and never uses: a compiler warns of them. */
function unusedOf(text: string): string[] {
  const code = text.replace(/^\s*\/\/.*$/gm, '');
  // `name:` is the key of an object; `in name:` is a loop over it.
  const uses = (name: string): number =>
    (code.match(new RegExp(`(\\bin ${name}:|\\b${name}\\b(?!:))`, 'g')) ?? []).length;
  return [...declared(text, 'param'), ...declared(text, 'var')].filter((name) => uses(name) < 2);
}

const typesOf = (text: string): string[] =>
  [...text.matchAll(/^resource \w+ '([^']+)'/gm)].map((match) => match[1] ?? '');
const idsOf = (text: string): string[] =>
  [...text.matchAll(/^var \w+ = '([0-9a-f-]{36})'$/gm)].map((match) => match[1] ?? '');

describe('samples/infra', () => {
  const main = read('main.bicep');
  const files = [
    'main.bicep',
    'defender.bicep',
    ...readdirSync(path.join(FOLDER, 'modules')).map((name) => `modules/${name}`),
  ];
  const beside =
    (from: string) =>
    (file: string): string | undefined => {
      const name = path.join(path.dirname(from), file);
      return existsSync(path.join(FOLDER, name)) && file !== '' ? read(name) : undefined;
    };

  it('passes each module the parameters that it declares, and uses outputs that exist', () => {
    assert.ok(modulesOf(main).length >= 14, 'the modules are found');
    for (const file of files) assert.deepEqual(problemsOf(read(file), beside(file)), [], file);
  });

  it('tells a parameter that is missing, one too many, an unknown output, and a file that is not there', () => {
    const broken = main
      .replace('alertEmail: alertEmail }', 'colour: tags }')
      .replace('acr.outputs.loginServer', 'acr.outputs.server')
      .replace("'modules/budget.bicep'", "'modules/costs.bicep'");
    assert.deepEqual(problemsOf(broken, beside('main.bicep')), [
      'monitoring: modules/monitoring.bicep has no parameter colour',
      'monitoring: alertEmail is missing',
      'budget: there is no modules/costs.bicep',
      'acr has no output server',
    ]);
  });

  it('uses each module', () => {
    const used = files.flatMap((file) =>
      modulesOf(read(file)).map((module) => path.join(path.dirname(file), module.file)),
    );
    assert.deepEqual([...new Set(used)].sort(), files.filter((file) => file.startsWith('modules/')).sort());
  });

  it('uses each parameter and variable', () => {
    for (const file of files) assert.deepEqual(unusedOf(read(file)), [], file);
    assert.deepEqual(unusedOf("param a string\nparam b string\nvar c = '${a}'\n"), ['b', 'c']);
  });

  it('takes types, API versions and roles that were looked up', () => {
    const types = files.flatMap((file) => typesOf(read(file)));
    assert.ok(types.length > 50, 'the resources are found');
    assert.deepEqual([...new Set(types)].sort(), Object.keys(azure.types).sort());
    const ids = files.flatMap((file) => idsOf(read(file)));
    assert.deepEqual([...new Set(ids)].sort(), Object.keys(azure.roles).sort());
  });

  it('has its brackets in pairs', () => {
    for (const file of files) {
      const text = read(file)
        .replace(/^\s*\/\/.*$/gm, '')
        .replace(/'(?:\$\{[^}]*\}|[^'\n])*'/g, '');
      for (const [open = '', close = ''] of ['{}', '[]', '()'])
        assert.equal(text.split(open).length, text.split(close).length, `${file} ${open}${close}`);
    }
  });

  it('has a workbook that is JSON', () => {
    const { version, items } = JSON.parse(read('workbook.json')) as { version: string; items: unknown[] };
    assert.equal(version, 'Notebook/1.0');
    assert.ok(items.length > 3);
  });

  for (const name of ['dev', 'staging', 'production']) {
    it(`sets what main.bicep needs in ${name}.bicepparam`, () => {
      const text = read(`${name}.bicepparam`);
      assert.deepEqual(declared(text, 'param').sort(), required(main).sort());
      assert.match(text, /^param name = '[a-z0-9]{3,16}'$/m);
      assert.doesNotMatch(text, /(password|SecretKey) = '/i, 'a secret in a file');
    });
  }
});
