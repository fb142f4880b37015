import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment } from '../environment';
import { scanStep } from './support/scanStep';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** We hold ourselves to what we hold others to; what is excepted, and why, is in .azure/scan-policy.yml. */
describe('LangflowScan of this project', function () {
  this.timeout(300_000);

  it('finds nothing of severity high or worse', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'scan-self-test-'));
    try {
      const sources = path.join(folder, 'sources');
      const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
        cwd: PROJECT,
        encoding: 'utf8',
      });
      for (const file of files.split('\0').filter(Boolean))
        cpSync(path.join(PROJECT, file), path.join(sources, file));
      const step = await scanStep(
        { environment: localEnvironment(), folder, repository: '' },
        {},
        // Trivy does not read Bicep; samplesCheckov does.
        { source: '.', policy: '.azure/scan-policy.yml', skipPaths: 'samples/infra/**/*.bicep' },
        { sources },
      );
      assert.equal(step.result, 'Succeeded', step.log);
      const kinds = new Set(step.report?.findings.map(({ finding }) => finding.kind));
      for (const kind of ['misconfiguration', 'licence'] as const)
        assert.ok(kinds.has(kind), `it looks for ${kind}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
