import { readFile, writeFile } from 'node:fs/promises';
import { compileFromFile } from 'json-schema-to-typescript';

/**
 * Writes the TypeScript types of our JSON schemas. With `--check` it writes nothing and fails when a file is out of step.
 */
const SCHEMAS = [
  ['tasks/common/release/release.schema.json', 'tasks/common/release/release.generated.ts'],
  ['tasks/common/view/view.schema.json', 'tasks/common/view/view.generated.ts'],
  ['tasks/LangflowBuild/components.schema.json', 'tasks/LangflowBuild/components.generated.ts'],
  ['tasks/LangflowScan/policy.schema.json', 'tasks/LangflowScan/policy.generated.ts'],
  // What `if` and `then` refer to counts as unreachable.
  [
    'tasks/LangflowSmokeTest/checks.schema.json',
    'tasks/LangflowSmokeTest/checks.generated.ts',
    { unreachableDefinitions: true },
  ],
] as const;

const check = process.argv.includes('--check');
for (const [schema, target, options] of SCHEMAS) {
  const types = await compileFromFile(schema, {
    bannerComment: `// Generated from ${schema} by \`npm run generate\`; change the schema instead.`,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    ...options,
  });
  if (!check) await writeFile(target, types);
  else if (types !== (await readFile(target, 'utf8'))) {
    console.error(`${target} is out of step with ${schema}: run \`npm run generate\`.`);
    process.exitCode = 1;
  }
}
