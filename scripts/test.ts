import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

/**
 * Runs all checks and tests in order of cost; the first argument may name one step. Every check counts as one test, so
 * that the last line, `N passed, N failed`, speaks of everything.
 */
const STEPS: { name: string; command: string; counted?: boolean }[] = [
  { name: 'types, lint and format', command: 'npm run --silent lint' },
  { name: 'generated files', command: 'npm run --silent generate -- --check' },
  { name: 'unit', command: 'npm run --silent test:unit', counted: true },
  { name: 'package', command: 'npm run --silent package' },
  { name: 'environment', command: 'scripts/local-up' },
  { name: 'browser', command: "mocha 'tests/browser/**/*.test.ts'", counted: true },
  { name: 'integration', command: mochaWithEnvironment('tests/integration'), counted: true },
  { name: 'e2e', command: mochaWithEnvironment('tests/e2e'), counted: true },
];

function mochaWithEnvironment(folder: string): string {
  const state = '${LANGFLOW_LOCAL_STATE:-$HOME/.local/state/langflow-delivery}';
  return `. "${state}/env.sh" && mocha --timeout 600000 '${folder}/**/*.test.ts'`;
}

const root = path.resolve(import.meta.dirname, '..');
const temporary = mkdtempSync(path.join(tmpdir(), 'langflow-test-'));
const only = process.argv[2];
const unknown = only !== undefined && !STEPS.some(({ name }) => name === only);
if (unknown) {
  console.error(`There is no step '${only}'; there are ${STEPS.map(({ name }) => `'${name}'`).join(', ')}.`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const { name, command, counted } of STEPS.filter((step) => only === undefined || step.name === only)) {
  console.log(`\n\u001b[1m== ${name}: ${command}\u001b[0m`);
  const counts = path.join(temporary, `${name}.json`);
  const started = Date.now();
  const { status } = spawnSync('bash', ['-c', command], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
      TEST_COUNTS: counts,
    },
  });
  console.log(
    `== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - started) / 1000)} s`,
  );
  if (counted && existsSync(counts)) {
    const { passes, failures } = JSON.parse(readFileSync(counts, 'utf8')) as {
      passes: number;
      failures: number;
    };
    passed += passes;
    // A run that breaks off (an error while a test file loads) fails without a failing test.
    failed += status === 0 ? failures : Math.max(1, failures);
  } else if (status === 0) passed += 1;
  else failed += 1;
  // Without its services every later test would fail for the same reason.
  if (name === 'environment' && status !== 0) break;
}
rmSync(temporary, { recursive: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
