import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { writeFiles } from './support/buildStep';
import { scanStep, type ScanOutcome } from './support/scanStep';

const JUSTIFICATION = 'vulnerable_code_not_in_execute_path';
const SERIAL = '3e671687-395b-41f5-a30f-a58921a69b79';
const PURL = 'pkg:pypi/pyyaml@5.3';

const OPENVEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.org/vex/1',
  ...{ author: 'a', timestamp: '2026-01-01T00:00:00Z', version: 1 },
  statements: [
    {
      vulnerability: { name: 'CVE-2020-14343' },
      products: [{ '@id': PURL }],
      ...{ status: 'not_affected', justification: JUSTIFICATION },
    },
  ],
};
const CSAF = {
  document: {
    ...{ category: 'csaf_vex', csaf_version: '2.0', title: 't' },
    publisher: { category: 'vendor', name: 'a', namespace: 'https://example.org' },
    tracking: {
      ...{ id: '1', status: 'final', version: '1' },
      ...{ initial_release_date: '2026-01-01T00:00:00Z', current_release_date: '2026-01-01T00:00:00Z' },
      revision_history: [{ date: '2026-01-01T00:00:00Z', number: '1', summary: 's' }],
    },
  },
  product_tree: {
    full_product_names: [
      { name: 'PyYAML', product_id: 'pyyaml', product_identification_helper: { purl: PURL } },
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2020-14343',
      product_status: { known_not_affected: ['pyyaml'] },
      flags: [{ label: JUSTIFICATION, product_ids: ['pyyaml'] }],
    },
  ],
};
const SBOM = {
  ...{ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: `urn:uuid:${SERIAL}`, version: 1 },
  components: [{ 'bom-ref': PURL, type: 'library', name: 'pyyaml', version: '5.3', purl: PURL }],
};
/** CycloneDX has what it says of a bill of materials in a document beside it. */
const CYCLONEDX = {
  ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
  vulnerabilities: [
    {
      id: 'CVE-2020-14343',
      analysis: { state: 'not_affected', justification: 'code_not_reachable' },
      affects: [{ ref: `urn:cdx:${SERIAL}/1#${PURL}` }],
    },
  ],
};

describe('LangflowScan with VEX', function () {
  this.timeout(180_000);

  let environment: LocalEnvironment;
  let folder: string;
  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'scan-vex-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function scan(files: Record<string, string>, inputs: Record<string, string>): Promise<ScanOutcome> {
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    writeFiles(sources, files);
    return scanStep({ environment, folder, repository: '' }, {}, inputs, { sources });
  }

  const source = { files: { 'requirements.txt': 'pyyaml==5.3\n' }, inputs: { source: '.' } };
  const sbom = { files: { 'a.cdx.json': JSON.stringify(SBOM) }, inputs: { sboms: 'a.cdx.json' } };
  const formats = {
    OpenVEX: { vex: OPENVEX, of: source, reason: `vex/a.json: not affected: ${JUSTIFICATION}` },
    CSAF: { vex: CSAF, of: source, reason: 'vex/a.json: not affected' },
    CycloneDX: { vex: CYCLONEDX, of: sbom, reason: 'CycloneDX VEX: not affected: code_not_reachable' },
  };
  for (const [format, { vex, of, reason }] of Object.entries(formats)) {
    it(`excepts what ${format} says is not affected, and nothing else`, async () => {
      const files = { ...of.files, 'vex/a.json': JSON.stringify(vex), 'vex/policy.yml': 'vex: [a.json]\n' };
      const step = await scan(files, { ...of.inputs, policy: 'vex/policy.yml' });
      assert.equal(step.result, 'Succeeded', step.message);
      const findings = JSON.stringify(step.report?.findings);
      assert.match(findings, new RegExp(`"status":"excepted"[^}]*${reason}"`));

      const ofOther = JSON.stringify(vex).replaceAll('CVE-2020-14343', 'CVE-2020-1747');
      const other = await scan({ ...files, 'vex/a.json': ofOther }, { ...of.inputs, vex: 'vex/a.json' });
      assert.match(other.message, /CRITICAL pyyaml 5\.3 → 5\.4 \(CVE-2020-14343\)/);
    });
  }

  it('fails with a document that Trivy cannot read', async () => {
    const step = await scan({ ...source.files, 'vex/a.json': '{' }, { ...source.inputs, vex: 'vex/a.json' });
    assert.match(step.message, /source was not scanned: .*VEX/i);
  });
});
