import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { writeFiles } from './support/buildStep';
import { debian, pushImage, python, registryOf } from './support/images';
import { scanStep, type ScanOptions, type ScanOutcome } from './support/scanStep';

/** CVE-2020-14343, critical; CVE-2023-32681, medium. */
const REQUIREMENTS = 'pyyaml==5.3\nrequests==2.30.0\n';
const DOCKERFILE = 'FROM debian:12\nRUN apt-get update\nUSER root\n';
const LOCK = JSON.stringify(
  {
    ...{ name: 'x', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'x', version: '1.0.0', dependencies: { colors: '1.4.0' } },
      'node_modules/colors': { version: '1.4.0', resolved: 'https://r/colors', license: 'GPL-3.0-only' },
    },
  },
  null,
  2,
);
const SARIF = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'ruff' } },
      results: [
        {
          ruleId: 'S602',
          level: 'error',
          message: { text: 'shell=True' },
          locations: [
            { physicalLocation: { artifactLocation: { uri: 'app/run.py' }, region: { startLine: 12 } } },
          ],
        },
      ],
    },
  ],
};

describe('LangflowScan of sources', function () {
  this.timeout(180_000);

  let environment: LocalEnvironment;
  let folder: string;
  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'scan-source-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Scans a folder with these files, and no release. */
  const scan = (
    files: Record<string, string>,
    inputs: Record<string, string> = {},
    options: ScanOptions = {},
  ): Promise<ScanOutcome> => {
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    writeFiles(sources, files);
    const where = { environment, folder, repository: '' };
    return scanStep(where, {}, { source: '.', ...inputs }, { sources, ...options });
  };
  const clean = { 'requirements.txt': 'pyyaml==6.0.1\n' };

  it('names file and line of dependencies, misconfigurations and secrets', async () => {
    const step = await scan({
      'requirements.txt': REQUIREMENTS,
      'app/Dockerfile': DOCKERFILE,
      'app/settings.py': `\nTOKEN = "ghp_${randomBytes(18).toString('hex')}"\n`,
    });
    assert.equal(step.result, 'Failed');
    const errors = step.issues.filter(({ type }) => type === 'error');
    for (const [file, line, text] of [
      ['requirements.txt', '1', /pyyaml 5\.3 → 5\.4/],
      ['app/settings.py', '2', /github-pat/],
      ['app/Dockerfile', '3', /DS-0002/],
    ] as const) {
      const issue = errors.find(({ message }) => text.test(message));
      assert.ok(issue, `${file}: ${JSON.stringify(errors)}`);
      assert.match(JSON.stringify(issue), new RegExp(`${file}.*${line}`));
    }
    const uris = step.sarif?.runs[0]?.results.map(
      ({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri,
    );
    assert.ok(uris?.includes('app/Dockerfile'));
  });

  it('finds misconfigurations of Kubernetes manifests, Terraform and ARM templates', async () => {
    const arm = {
      $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
      contentVersion: '1.0.0.0',
      resources: [
        {
          type: 'Microsoft.Storage/storageAccounts',
          apiVersion: '2021-09-01',
          name: 'store',
          location: 'westeurope',
          properties: { supportsHttpsTrafficOnly: false, minimumTlsVersion: 'TLS1_0' },
        },
      ],
    };
    const step = await scan({
      'pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: a\n      image: a:1\n      securityContext: { privileged: true }\n',
      'main.tf':
        'resource "azurerm_storage_account" "a" {\n  name = "a"\n  enable_https_traffic_only = false\n}\n',
      'main.json': JSON.stringify(arm, null, 2),
    });
    const files = new Set(step.report?.findings.map(({ finding }) => finding.path));
    for (const file of ['pod.yaml', 'main.tf', 'main.json']) assert.ok(files.has(file), [...files].join());
  });

  it('fails while Bicep files are not compiled, for nobody would look at them', async () => {
    const without = await scan({ ...clean, 'infra/main.bicep': 'param a string\n' });
    assert.match(
      without.message,
      /Bicep files of the source were not scanned: infra\/main\.bicep\..*az bicep build/,
    );
    const skipped = await scan({ ...clean, 'infra/main.bicep': '' }, { skipPaths: 'infra/**' });
    assert.equal(skipped.result, 'Succeeded', skipped.message);
  });

  it('fails when there is nothing that Trivy understands, and passes what is clean', async () => {
    assert.match((await scan({ 'a.txt': 'x' })).message, /source was not scanned: .*neither a lock file nor/);
    const step = await scan(clean);
    assert.equal(step.result, 'Succeeded', step.message);
  });

  it('lets licences fail where the policy says so', async () => {
    const files = { 'package-lock.json': LOCK };
    const tolerated = await scan(files);
    assert.equal(tolerated.result, 'Succeeded', tolerated.message);
    assert.match(JSON.stringify(tolerated.report?.findings), /"kind":"licence","id":"GPL-3\.0-only"/);
    const policy = 'thresholds: { licence: HIGH }\n';
    const failed = await scan({ ...files, 'policy.yml': policy }, { policy: 'policy.yml' });
    assert.match(failed.message, /- HIGH licence GPL-3\.0-only of colors/);
  });

  it('has thresholds by kind', async () => {
    const files = { 'requirements.txt': REQUIREMENTS, 'policy.yml': 'thresholds: { vulnerability: none }\n' };
    const none = await scan(files, { policy: 'policy.yml' });
    assert.equal(none.result, 'Succeeded', none.message);
    const medium = { ...files, 'policy.yml': 'thresholds: { vulnerability: MEDIUM }\n' };
    assert.match(
      (await scan(medium, { policy: 'policy.yml' })).message,
      /2 findings of severity MEDIUM or worse/,
    );
  });

  it('excepts by the policy until the day, and then counts again', async () => {
    const exception = (expires: string): string =>
      `exceptions:\n  - { id: CVE-2020-14343, package: pyyaml, reason: only our own files are read, owner: team-a, expires: ${expires} }\n`;
    const files = { 'requirements.txt': REQUIREMENTS };
    const valid = await scan({ ...files, 'policy.yml': exception('2999-01-01') }, { policy: 'policy.yml' });
    assert.equal(valid.result, 'Succeeded', valid.message);
    assert.match(valid.summary, /### Excepted[^]*team&#45;a: only our own files are read/);
    const ended = await scan({ ...files, 'policy.yml': exception('2020-01-01') }, { policy: 'policy.yml' });
    assert.match(ended.message, /policy\.yml, line 2: the exception for CVE-2020-14343 ended on 2020-01-01/);
    assert.match(ended.message, /- CRITICAL pyyaml/);
  });

  it('stops at a typo in the policy with line, column and what is accepted', async () => {
    const policy = 'thresholds:\n  vulnerabilty: HIGH\n';
    const step = await scan({ ...clean, 'policy.yml': policy }, { policy: 'policy.yml' });
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /^policy\.yml, line 2, column 3: .*unknown key 'vulnerabilty'; accepted are vulnerability/,
    );
  });

  it('fails a pull request for what the baseline lacks only, and shows all', async () => {
    const first = await scan({ 'requirements.txt': 'pyyaml==5.3\n' });
    assert.equal(first.result, 'Failed');
    const baseline = first.outputs.report ?? assert.fail('there is no report');
    const same = await scan({ 'requirements.txt': 'pyyaml==5.3.1\n' }, { baseline });
    assert.equal(same.result, 'Succeeded', same.message);
    assert.match(same.summary, /1 finding; against the baseline \*\*0 new\*\*, 1 known, 0 fixed/);
    const worse = await scan(
      { 'requirements.txt': 'pyyaml==5.3\njinja2==3.1.0\nlangflow==1.2.0\n' },
      { baseline },
    );
    assert.match(worse.message, /- CRITICAL langflow/);
    assert.doesNotMatch(worse.message, /- CRITICAL pyyaml/);
    const mended = await scan({ 'requirements.txt': 'pyyaml==6.0.1\n' }, { baseline });
    assert.match(mended.summary, /0 known, 1 fixed/);
    const none = await scan({ 'requirements.txt': 'pyyaml==5.3\n' }, { baseline: 'none.json' });
    assert.equal(none.result, 'Failed');
    assert.match(none.log, /There is no baseline .*none\.json: every finding counts as new/);
  });

  it('merges SARIF of other analysers into report and gate', async () => {
    const files = { ...clean, 'out/ruff.sarif': JSON.stringify(SARIF) };
    const step = await scan(files, { sarifFiles: 'out/*.sarif' });
    assert.match(step.message, /- HIGH app\/run\.py line 12: shell=True \(S602\) in source/);
    assert.deepEqual(
      step.sarif?.runs.map(({ tool }) => tool.driver.name),
      ['Trivy', 'ruff'],
    );
    const below = await scan(files, { sarifFiles: 'out/*.sarif', severity: 'CRITICAL' });
    assert.equal(below.result, 'Succeeded', below.message);
  });

  it('fails with a SARIF file that is cut off, before anything is scanned', async () => {
    const files = { ...clean, 'ruff.sarif': JSON.stringify(SARIF).slice(0, 80) };
    const step = await scan(files, { sarifFiles: 'ruff.sarif' });
    assert.match(step.message, /'sarifFiles': .*ruff\.sarif is not a whole SARIF 2\.1\.0 file/);
  });

  it('scans an SBOM that it wrote itself like the image', async () => {
    const repository = `tests/scan-${randomBytes(6).toString('hex')}`;
    const files = { ...debian({ zlib1g: '1:1.2.13' }), ...python('pyyaml', '5.3') };
    const digest = await pushImage(registryOf(environment), repository, files);
    const image = `${environment.registryHost}/${repository}@${digest}`;
    const first = await scan({}, { source: '', images: image });
    assert.match(first.message, /- CRITICAL pyyaml 5\.3 → 5\.4 \(CVE-2020-14343\) in /);
    const published = first.artifacts.find(({ name }) => name === 'langflow-scan')?.file ?? assert.fail();
    const sboms = readdirSync(published)
      .filter((file) => /\.(cdx|spdx)\.json$/.test(file))
      .map((file) => path.join(published, file));
    assert.equal(sboms.length, 2);
    for (const sbom of sboms) {
      const sources = mkdtempSync(path.join(folder, 'sboms-'));
      const name = /cdx/.test(sbom) ? 'a.cdx.json' : 'a.spdx.json';
      cpSync(sbom, path.join(sources, name));
      const step = await scan({}, { source: '', sboms: name }, { sources });
      assert.match(
        step.message,
        new RegExp(`- CRITICAL pyyaml 5\\.3 → 5\\.4 \\(CVE-2020-14343\\) in ${name}`),
      );
    }
  });

  it('is not moved by hostile names', async () => {
    const command = '##vso[task.complete result=Succeeded;]done';
    const name = '<img src=x onerror=alert(1)>';
    const sarif = structuredClone(SARIF);
    const result = sarif.runs[0]?.results[0] ?? assert.fail();
    result.ruleId = `${command}${name}`;
    result.message.text = `\n${command}\n| **x** | ${name}`;
    const step = await scan({ ...clean, 'a.sarif': JSON.stringify(sarif) }, { sarifFiles: 'a.sarif' });
    assert.equal(step.result, 'Failed');
    assert.doesNotMatch(step.summary, /##vso|<img|\*\*x\*\*/);
    const html = readFileSync(path.join(step.reports, 'langflow-scan.html'), 'utf8');
    assert.doesNotMatch(html, /<img/);
    const junit = readFileSync(path.join(step.reports, 'langflow-scan.junit.xml'), 'utf8');
    assert.doesNotMatch(junit, /<img/);
  });

  it('finds what a release has and what its sources have in one report', async () => {
    const repository = `tests/scan-${randomBytes(6).toString('hex')}`;
    const files = { ...debian({ zlib1g: '1:1.2.13' }), ...python('pyyaml', '5.3') };
    const digest = await pushImage(registryOf(environment), repository, files);
    const sources = mkdtempSync(path.join(folder, 'both-'));
    writeFileSync(path.join(sources, 'requirements.txt'), REQUIREMENTS);
    const where = { environment, folder, repository };
    const step = await scanStep(where, { backend: digest, worker: digest }, { source: '.' }, { sources });
    assert.match(step.message, /- CRITICAL pyyaml 5\.3 → 5\.4 \(CVE-2020-14343\) in backend, worker, source/);
    assert.equal(step.message.match(/- CRITICAL/g)?.length, 1);
  });
});
