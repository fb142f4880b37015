import assert from 'node:assert/strict';
import { TRIVY } from '../../../tasks/LangflowScan/trivyProgram';

describe('TRIVY', () => {
  for (const version of ['0.69.4', '0.69.5', '0.69.6', '0.69.4-1']) {
    it(`refuses ${version}, which steals credentials, and says so`, () => {
      assert.match(TRIVY.objection(version) ?? '', /malicious.*CVE-2026-33634/);
    });
  }
  for (const version of ['0.65.0', '0.69.3', '0.69.40', '0.9.0']) {
    it(`refuses ${version} as too old`, () => {
      assert.match(TRIVY.objection(version) ?? '', /0\.70\.0 or newer/);
    });
  }
  for (const version of ['0.70.0', '0.74.0', '0.100.1', '1.0.0']) {
    it(`accepts ${version}`, () => {
      assert.equal(TRIVY.objection(version), undefined);
    });
  }

  it('pins each download of its version by a SHA-256 of its own', () => {
    const downloads = Object.values(TRIVY.downloads);
    for (const download of downloads) {
      assert.match(download?.sha256 ?? '', /^[0-9a-f]{64}$/);
      assert.equal(download?.url.split(TRIVY.version).length, 3, 'the version is in folder and file name');
    }
    assert.equal(new Set(downloads.map((download) => download?.sha256)).size, downloads.length);
  });
});
