import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../samples/monitoring');

describe('The alert rules of the samples', function () {
  this.timeout(120_000);

  it('fire and stay silent as their cases say', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'rules.test.yml'], {
      cwd: FOLDER,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(`${stdout}${stderr}`, /SUCCESS/);
  });
});
