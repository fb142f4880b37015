import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import {
  debian,
  pushDatabase,
  pushImage,
  pushIndex,
  python,
  registryOf,
  type Files,
  type PlainRegistry,
} from './support/images';
import { scanStep, type Image, type ScanOptions, type ScanOutcome } from './support/scanStep';
import { viewOf } from './support/view';

/** Free of every advisory in the local database. */
const CLEAN = debian({ zlib1g: '1:1.2.13' });
/** CVE-2020-14343, critical. */
const CRITICAL = python('pyyaml', '5.3');
/** CVE-2023-32681, medium. */
const MEDIUM = python('requests', '2.30.0');

describe('LangflowScan', function () {
  this.timeout(180_000);

  const repository = `tests/scan-${randomBytes(6).toString('hex')}`;
  let environment: LocalEnvironment;
  let registry: PlainRegistry;
  let folder: string;

  before(() => {
    environment = localEnvironment();
    registry = registryOf(environment);
    folder = mkdtempSync(path.join(tmpdir(), 'scan-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const push = (files: Files): Promise<string> => pushImage(registry, repository, { ...CLEAN, ...files });

  const scan = (
    digests: Record<string, Image>,
    inputs: Record<string, string> = {},
    options: ScanOptions = {},
  ): Promise<ScanOutcome> => scanStep({ environment, folder, repository }, digests, inputs, options);

  for (const node of [20, 24] as const) {
    it(`passes a release without findings, and says so in the release manifest, on Node ${node}`, async () => {
      const digest = await push({});
      const step = await scan({ backend: digest, frontend: digest }, {}, { node });
      assert.equal(step.result, 'Succeeded', step.message);
      assert.match(step.message, /^2 targets passed: no finding of HIGH or worse/);
      assert.equal(step.outputs.verdict, 'passed');
      assert.equal(viewOf(step).scan?.verdict, 'passed');
      const { time, scanner, reports, ...section } = step.release.scan ?? assert.fail('there is no section');
      assert.equal(new Date(time).toISOString(), time);
      assert.match(scanner.version, /^0\.\d+\.\d+$/);
      assert.equal(scanner.databaseVersion, 2);
      assert.deepEqual(section, {
        digests: [digest],
        severity: 'HIGH',
        counts: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 },
        findings: { blocking: 0, known: 0, tolerated: 0, excepted: 0, new: 0, fixed: 0 },
        verdict: 'passed',
      });
      assert.deepEqual(
        reports?.map(({ file }) => file).sort(),
        [
          ...['langflow-scan.html', 'langflow-scan.json', 'langflow-scan.junit.xml', 'langflow-scan.sarif'],
          ...['backend', 'frontend'].flatMap((name) => [`sbom/${name}.cdx.json`, `sbom/${name}.spdx.json`]),
        ].sort(),
      );
      for (const { file, digest: expected } of reports) {
        const content = readFileSync(path.join(step.reports, file));
        assert.equal(`sha256:${createHash('sha256').update(content).digest('hex')}`, expected);
      }
      const artifacts = new Map<string, number>();
      for (const { name } of step.artifacts) artifacts.set(name, (artifacts.get(name) ?? 0) + 1);
      assert.deepEqual(
        [...artifacts],
        [
          ['CodeAnalysisLogs', 1],
          ['langflow-scan', 6],
        ],
      );
      assert.equal(step.testResults.length, 1);
    });
  }

  it('fails on a vulnerable package and says which upgrade mends it', async () => {
    const step = await scan({ backend: await push(CRITICAL), frontend: await push({}) });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /- CRITICAL pyyaml 5\.3 → 5\.4 \(CVE-2020-14343\) in backend/);
    assert.match(step.message, /Upgrade the packages to the versions after the arrows/);
    assert.equal(step.outputs.verdict, 'failed');
    assert.equal(step.release.scan?.verdict, 'failed');
    assert.equal(step.release.scan.counts.CRITICAL, 1);
    assert.match(step.summary, /did not pass[^]*\| CRITICAL \| pyyaml 5\.3 → 5\.4 \|/);
    assert.equal(
      step.sarif?.runs[0]?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri,
      'backend/usr/lib/python3/dist-packages/pyyaml-5.3.dist-info/METADATA',
    );
    const { result, scan: shown } = viewOf(step);
    assert.deepEqual([result, shown?.verdict, shown?.counts.blocking], ['failed', 'failed', 1]);
    assert.equal(shown?.rules[shown.findings[0]?.rule ?? -1]?.id, 'CVE-2020-14343');
    assert.ok(shown.downloads.some(({ kind }) => kind === 'sarif'));
  });

  it('fails from the stated severity on', async () => {
    const digest = await push(MEDIUM);
    const above = await scan({ backend: digest });
    assert.equal(above.result, 'Succeeded', above.message);
    assert.equal(above.release.scan?.counts.MEDIUM, 1);
    const at = await scan({ backend: digest }, { severity: 'MEDIUM' });
    assert.equal(at.result, 'Failed');
    assert.match(at.message, /- MEDIUM requests 2\.30\.0 → 2\.31\.0 \(CVE-2023-32681\)/);
  });

  it("reports what Trivy's own report has, finding by finding", async () => {
    const digest = await push({
      ...debian({ libc6: '2.36-9', libcurl4: '7.88.1-9', openssl: '3.0.9-1' }),
      ...CRITICAL,
      ...MEDIUM,
      ...python('langflow', '1.2.0'),
      'app/settings.py': `TOKEN = "ghp_${randomBytes(18).toString('hex')}"\n`,
    });
    const step = await scan({ backend: digest });
    const cache = mkdtempSync(path.join(folder, 'trivy-'));
    const { username, password } = environment.registryCredentials;
    const report = JSON.parse(
      execFileSync(
        'trivy',
        ['image', '--quiet', '--format', 'json', '--scanners', 'vuln,secret', '--cache-dir', cache]
          .concat('--db-repository', environment.databaseRepository, '--image-src', 'remote')
          .concat(`${registry.host}/${repository}@${digest}`),
        { encoding: 'utf8', env: { ...process.env, TRIVY_USERNAME: username, TRIVY_PASSWORD: password } },
      ),
    ) as { Results: { Vulnerabilities?: Record<string, string>[]; Secrets?: Record<string, string>[] }[] };
    const expected = report.Results.flatMap((result) => [
      ...(result.Vulnerabilities ?? []).map((one) =>
        [one.VulnerabilityID, one.Severity, one.PkgName, one.InstalledVersion, one.FixedVersion ?? ''].join(
          ' ',
        ),
      ),
      ...(result.Secrets ?? []).map((one) => [one.RuleID, one.Severity].join(' ')),
    ]);
    assert.ok(expected.length >= 5, 'the image is vulnerable and has a secret');
    const actual = (step.report?.findings ?? []).map(({ finding }) =>
      finding.kind === 'vulnerability'
        ? [
            finding.id,
            finding.severity,
            finding.package,
            finding.installedVersion,
            finding.fixedVersion,
          ].join(' ')
        : [finding.id, finding.severity].join(' '),
    );
    assert.deepEqual(actual.sort(), expected.sort());
    assert.equal(step.sarif?.runs[0]?.results.length, expected.length);
  });

  it("excepts what Trivy's ignore file names, until it expires", async () => {
    const digest = await push(CRITICAL);
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    const exception = (expires: string): void => {
      const lines = ['vulnerabilities:', '  - id: CVE-2020-14343', `    expired_at: ${expires}`];
      writeFileSync(path.join(sources, 'ignore.yaml'), lines.join('\n'));
    };
    exception('2999-01-01');
    const excepted = await scan({ backend: digest }, { ignoreFile: 'ignore.yaml' }, { sources });
    assert.equal(excepted.result, 'Succeeded', excepted.message);
    exception('2020-01-01');
    const expired = await scan({ backend: digest }, { ignoreFile: 'ignore.yaml' }, { sources });
    assert.equal(expired.result, 'Failed');
    const missing = await scan({ backend: digest }, { ignoreFile: 'ignored.yaml' }, { sources });
    assert.match(missing.message, /'ignoreFile': found "ignored\.yaml".*There is no such file/);
  });

  it('takes no option from the repository or from the environment', async () => {
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    writeFileSync(path.join(sources, 'trivy.yaml'), 'severity: [LOW]\n');
    const variables = { TRIVY_SEVERITY: 'LOW', TRIVY_SKIP_DIRS: '/usr', TRIVY_IGNORE_UNFIXED: 'true' };
    const step = await scan({ backend: await push(CRITICAL) }, {}, { sources, variables });
    assert.match(step.message, /CVE-2020-14343/);
  });

  it('honours .trivyignore of the sources, and says so', async () => {
    const sources = mkdtempSync(path.join(folder, 'sources-'));
    writeFileSync(path.join(sources, '.trivyignore'), 'CVE-2020-14343\n');
    const step = await scan({ backend: await push(CRITICAL) }, {}, { sources });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(step.log, /Findings are ignored by .*\.trivyignore/);
    assert.match(step.summary, /### Excepted[^]*CVE/);
    assert.equal(step.release.scan?.findings?.excepted, 1);
  });

  it('finds a secret, and shows it to nobody', async () => {
    const secret = `ghp_${randomBytes(18).toString('hex')}`;
    const step = await scan({ backend: await push({ 'app/settings.py': `TOKEN = "${secret}"\n` }) });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /- CRITICAL secret in \/?app\/settings\.py line 1 \(github-pat\) in backend/);
    assert.doesNotMatch(step.everything, new RegExp(secret));
  });

  it('scans each platform of an index', async () => {
    const platforms = {
      'linux/amd64': await pushImage(registry, repository, CLEAN),
      'linux/arm64': await pushImage(registry, repository, { ...CLEAN, ...CRITICAL }, 'linux/arm64'),
    };
    const index = await pushIndex(registry, repository, platforms);
    const step = await scan({ backend: [index, 'linux/amd64', 'linux/arm64'] });
    assert.match(step.message, /pyyaml 5\.3 → 5\.4 \(CVE-2020-14343\) in backend \(linux\/arm64\)/);
    assert.doesNotMatch(step.message, /linux\/amd64/);
  });

  it('fails when an image is not there, and scans the others', async () => {
    const missing = `sha256:${randomBytes(32).toString('hex')}`;
    const step = await scan({ backend: missing, frontend: await push(CRITICAL) });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /backend was not scanned: .*(MANIFEST_UNKNOWN|not found)/i);
    assert.match(step.message, /pyyaml/);
    assert.deepEqual(
      step.sarif?.runs.map(({ invocations }) => invocations?.[0]?.executionSuccessful),
      [false, true],
    );
    assert.match(step.summary, /\| backend \| not scanned \|/);
  });

  it('fails when Trivy understands nothing of an image', async () => {
    const digest = await pushImage(registry, repository, { 'app/data': 'x' });
    const step = await scan({ backend: digest });
    assert.match(step.message, /backend was not scanned: .*neither an operating system nor a package/);
  });

  it('fails when the database cannot be had, and takes back the verdict of an earlier scan', async () => {
    const digest = await push({});
    const former = (await scan({ backend: digest })).release.scan;
    const databaseRepository = `${registry.host}/tests/no-database:2`;
    const step = await scan({ backend: digest }, { databaseRepository }, { former });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /could not be downloaded from .*tests\/no-database:2; nothing was scanned/);
    assert.equal(step.release.scan, undefined);
    assert.equal(step.outputs.verdict, undefined);
  });

  it('fails when the database is old', async () => {
    const digest = await push({});
    const tools = mkdtempSync(path.join(folder, 'tools-'));
    await scan({ backend: digest }, {}, { variables: { 'Agent.ToolsDirectory': tools } });
    const find = ['-name', 'trivy.db', '-printf', '%h\\n', '-quit'];
    const database = execFileSync('find', [tools, ...find], { encoding: 'utf8' }).trim();
    const metadata = path.join(database, 'metadata.json');
    writeFileSync(
      metadata,
      readFileSync(metadata, 'utf8').replace(/("UpdatedAt":\s*)"[^"]*"/, '$1"2024-01-01T00:00:00Z"'),
    );
    const archive = execFileSync('tar', ['-cz', '-C', database, 'metadata.json', 'trivy.db'], {
      maxBuffer: 2 ** 26,
    });
    await pushDatabase(registry, `${repository}/database`, '2', archive);
    const databaseRepository = `${registry.host}/${repository}/database:2`;
    const step = await scan({ backend: digest }, { databaseRepository });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /The vulnerability database is of 2024-01-01T00:00:00\.000Z; accepted is/);
    assert.equal(step.release.scan?.verdict, 'failed');
  });

  it('says what to do when the registry refuses the credential, without naming it', async () => {
    const resources = structuredClone(environment.resources);
    const parameters = resources.serviceConnections?.['langflow-acr']?.parameters ?? {};
    parameters.password = 'wrong-password';
    const step = await scan({ backend: await push({}) }, {}, { resources });
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /backend was not scanned: .*UNAUTHORIZED.*service connection of the input containerRegistry/,
    );
    assert.doesNotMatch(step.everything, /wrong-password/);
  });

  it('ends when it is cancelled, and Trivy with it', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const databaseRepository = `127.0.0.1:${(silent.address() as AddressInfo).port}/db:2`;
    try {
      const step = await scan(
        { backend: await push({}) },
        { databaseRepository },
        {
          variables: { 'System.Debug': 'true' },
          cancelAfter: (log) => log.includes('Downloading vulnerability DB'),
        },
      );
      assert.equal(step.result, 'Canceled');
      assert.equal(step.release.scan, undefined);
      assert.throws(() => execFileSync('pgrep', ['-f', databaseRepository]), 'Trivy has ended');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
