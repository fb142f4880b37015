import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { bundleTask, packagesAtStart } from '../../../scripts/bundle';

const root = path.resolve(import.meta.dirname, '../../..');

describe('packagesAtStart', () => {
  it('are those that a program imports itself or through others, not those that it asks for later', () => {
    const output = (inputs: string[], imports: object[] = [], entryPoint?: string) => ({
      ...{ bytes: 0, exports: [], imports, entryPoint },
      inputs: Object.fromEntries(inputs.map((input) => [input, { bytesInOutput: 0 }])),
    });
    const outputs = {
      'index.js': output(
        ['tasks/index.ts', 'node_modules/a/index.js'],
        [
          { path: 'shared.js', kind: 'import-statement' },
          { path: 'later.js', kind: 'dynamic-import' },
          { path: 'node:fs', kind: 'import-statement', external: true },
        ],
        'tasks/index.ts',
      ),
      'shared.js': output(
        ['node_modules/@b/c/index.js', 'node_modules/a/node_modules/d/index.js'],
        [{ path: 'index.js', kind: 'import-statement' }],
      ),
      'later.js': output(['node_modules/e/index.js'], [{ path: 'shared.js', kind: 'import-statement' }]),
    } as unknown as Parameters<typeof packagesAtStart>[0]['outputs'];
    assert.deepEqual(packagesAtStart({ outputs }, 'tasks/index.ts'), ['a', '@b/c']);
  });
});

describe('bundleTask', function () {
  // It bundles what is shipped.
  this.timeout(60_000);

  for (const task of readdirSync(path.join(root, 'tasks')).filter((name) => name.startsWith('Langflow')))
    it(`makes CommonJS of ${task}, which starts with task-lib alone, and maps that lead to the sources`, async () => {
      const { files } = await bundleTask(root, task);
      for (const { path: file, code } of files)
        assert.doesNotMatch(code, /(^|[;}])(import|export)[ {*]/, file);
      const { sources } = JSON.parse(files.find(({ path }) => path === 'index.js')?.map ?? '{}') as {
        sources?: string[];
      };
      assert.ok(sources?.includes(`../../../tasks/${task}/index.ts`), sources?.join());
    });

  it('refuses a task that loads more than task-lib before it has read its inputs', async () => {
    await assert.rejects(bundleTask(path.join(root, 'tests/fixtures/bundle'), 'Heavy'), {
      message: /^Heavy\/index\.ts loads yaml before the inputs are read: use `await import\(\)`/,
    });
  });
});
