import assert from 'node:assert/strict';
import * as path from 'node:path';
import { licencesOf, packageFolder } from '../../../scripts/thirdParty';

const root = path.resolve(import.meta.dirname, '../../..');

describe('licences of the bundles', () => {
  it('find the innermost package of a file, on both kinds of path', () => {
    assert.equal(
      packageFolder('node_modules/a/node_modules/@b/c/lib/d.js'),
      'node_modules/a/node_modules/@b/c',
    );
    assert.equal(packageFolder('node_modules\\ws\\lib\\sender.js'), 'node_modules/ws');
    assert.equal(packageFolder('tasks/common/clock.ts'), undefined);
  });

  it('list each package once, with its text', () => {
    const text = licencesOf(['node_modules/ws/a.js', 'node_modules/ws/b.js', 'tasks/index.ts'], root);
    assert.match(text, /^ws \d+\.\d+\.\d+ \(MIT\)\n\nCopyright/);
    assert.equal(text.match(/^ws /gm)?.length, 1);
  });

  it('fail for a package that is not there, rather than to ship it unnamed', () => {
    assert.throws(() => licencesOf(['node_modules/no-such-package/a.js'], root), /ENOENT/);
  });
});
