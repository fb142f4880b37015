import assert from 'node:assert/strict';
import * as path from 'node:path';
import { licencesOf, onlyBundled, packageFolder, packagesOf } from '../../../scripts/thirdParty';

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
    const text = licencesOf(
      packagesOf(['node_modules/ws/a.js', 'node_modules/ws/b.js', 'tasks/index.ts'], root),
    );
    assert.match(text, /^ws \d+\.\d+\.\d+ \(MIT\)\n\nCopyright/);
    assert.equal(text.match(/^ws /gm)?.length, 1);
  });

  it('fail for a package that is not there, rather than to ship it unnamed', () => {
    assert.throws(() => packagesOf(['node_modules/no-such-package/a.js'], root), /ENOENT/);
  });

  it('are those of the SBOM, which has to have each', () => {
    const sbom = {
      metadata: { component: { 'bom-ref': 'us@1.0.0' } },
      components: ['ws', 'mocha'].map((name) => ({ 'bom-ref': `${name}@1.0.0`, name, version: '1.0.0' })),
      dependencies: [{ ref: 'us@1.0.0', dependsOn: ['ws@1.0.0', 'mocha@1.0.0'] }, { ref: 'mocha@1.0.0' }],
    };
    const { components, dependencies } = onlyBundled(sbom, ['ws@1.0.0']);
    assert.deepEqual(components, [sbom.components[0]]);
    assert.deepEqual(dependencies, [{ ref: 'us@1.0.0', dependsOn: ['ws@1.0.0'] }]);
    assert.throws(() => onlyBundled(sbom, ['qs@1.0.0']), /lacks qs@1\.0\.0/);
  });
});
