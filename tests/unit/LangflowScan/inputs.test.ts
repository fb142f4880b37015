import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readInputs } from '../../../tasks/LangflowScan/inputs';
import { shortPolicy } from '../../../tasks/LangflowScan/shortPolicy';
import { printedBy, setConnection, setInputs } from '../support/agent';
import { DIGEST } from './samples';

const inputs = {
  ...{
    releaseManifest: '/a/release.json',
    containerRegistry: '',
    source: '',
    severity: 'HIGH',
    ignoreUnfixed: 'false',
  },
  ...{
    policy: '',
    baseline: '',
    images: '',
    sboms: '',
    sarifFiles: '',
    skipPaths: '',
    ignoreFile: '',
    vex: '',
  },
  scanners: 'vulnerability, misconfiguration, secret, licence',
  ...{ databaseRepository: '', javaDatabaseRepository: '', checksRepository: '', database: 'update' },
  ...{
    databaseMaxAgeDays: '7',
    server: '',
    serverToken: '',
    trivyMirror: '',
    cacheDirectory: '',
    parallelism: '4',
  },
  ...{ sbomFormats: 'cyclonedx, spdx', reportDirectory: '/a/reports' },
};

describe('readInputs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'inputs-'));
    for (const name of ['a.cdx.json', 'b.cdx.json', '.trivyignore'])
      writeFileSync(path.join(folder, name), '');
    process.env.SYSTEM_DEFAULTWORKINGDIRECTORY = folder;
  });
  after(() => {
    delete process.env.SYSTEM_DEFAULTWORKINGDIRECTORY;
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    setInputs(inputs);
  });

  it('reads the defaults', async () => {
    assert.deepEqual(await readInputs(), {
      releaseManifest: '/a/release.json',
      targets: [],
      registry: undefined,
      policy: shortPolicy({ severity: 'HIGH', ignoreUnfixed: false }),
      baseline: undefined,
      kinds: ['vulnerability', 'misconfiguration', 'secret', 'licence', 'code'],
      sarifFiles: [],
      skipPaths: [],
      ignoreFile: path.join(folder, '.trivyignore'),
      vex: [],
      database: { mode: 'update', repositories: [], javaRepositories: [] },
      databaseMaxAgeMs: 7 * 86_400_000,
      checksRepository: undefined,
      server: undefined,
      trivyMirror: undefined,
      cacheDirectory: undefined,
      parallelism: 4,
      sbomFormats: ['cyclonedx', 'spdx'],
      reportDirectory: '/a/reports',
    });
  });

  it('reads targets that are not of the release', async () => {
    const image = `contoso.azurecr.io/job@${DIGEST}`;
    setInputs({
      source: '.',
      images: `${image}\n${image} linux/arm64`,
      sboms: '*.cdx.json',
      releaseManifest: '',
    });
    assert.deepEqual((await readInputs()).targets, [
      { kind: 'image', name: image, reference: image, platform: 'linux/amd64', baseImages: [] },
      {
        kind: 'image',
        name: `${image} (linux/arm64)`,
        reference: image,
        platform: 'linux/arm64',
        baseImages: [],
      },
      { kind: 'source', name: 'source', folder },
      { kind: 'sbom', name: 'a.cdx.json', file: path.join(folder, 'a.cdx.json') },
      { kind: 'sbom', name: 'b.cdx.json', file: path.join(folder, 'b.cdx.json') },
    ]);
  });

  it('masks the token of a server', async () => {
    setInputs({ server: 'https://trivy.contoso.internal', serverToken: 't0ken-of-server' });
    const printed = await printedBy(async () => {
      assert.deepEqual((await readInputs()).server, {
        url: 'https://trivy.contoso.internal',
        token: 't0ken-of-server',
      });
    });
    assert.match(printed, /##vso\[task\.setsecret\]t0ken-of-server/);
  });

  it('reads the registry of the service connection', async () => {
    setConnection('scan-acr', {
      scheme: 'UsernamePassword',
      parameters: { registry: 'http://localhost:5000', username: 'ci', password: 's3cret' },
    });
    setInputs({ containerRegistry: 'scan-acr' });
    assert.equal((await readInputs()).registry?.host, 'localhost:5000');
  });

  const cases: [Record<string, string>, RegExp][] = [
    [{ severity: 'WORST' }, /'severity': found "WORST"; accepted is one of CRITICAL, HIGH, MEDIUM, LOW/],
    [{ severity: 'UNKNOWN' }, /'severity'/],
    [{ ignoreUnfixed: 'yes' }, /'ignoreUnfixed'/],
    [{ ignoreFile: 'none.yaml' }, /'ignoreFile': found "none\.yaml".*There is no such file/],
    [{ parallelism: '0' }, /'parallelism': found "0"; accepted is a whole number from 1 to 32/],
    [{ databaseRepository: '$(database)' }, /pipeline variable 'database'/],
    [
      { releaseManifest: '' },
      /'releaseManifest': it is empty.*source, images or sboms must say what to scan/,
    ],
    [{ source: 'nowhere' }, /'source': found "nowhere".*There is no such folder/],
    [{ policy: 'nowhere.yml' }, /'policy': .*nowhere\.yml cannot be read \(ENOENT\)/],
    [{ images: 'alpine' }, /'images': found "alpine".*State a tag/],
    [{ images: 'a/b:1 arm64' }, /'images': found "a\/b:1 arm64"/],
    [{ sboms: 'x*.json' }, /'sboms': found "x\*\.json".*There is no such file/],
    [{ sarifFiles: 'ruff.sarif' }, /'sarifFiles': found "ruff\.sarif".*There is no such file/],
    [{ vex: 'vex.json' }, /'vex'.*There is no such file/],
    [
      { scanners: 'vulnerability, secrets' },
      /'scanners': found "secrets"; accepted is some of vulnerability/,
    ],
    [{ scanners: '' }, /'scanners': it is empty/],
    [{ sbomFormats: 'github' }, /'sbomFormats': found "github"/],
    [{ database: 'never' }, /'database': found "never"; accepted is one of update, skip, offline/],
    [{ databaseMaxAgeDays: '0' }, /'databaseMaxAgeDays'/],
    [
      { databaseRepository: 'https://x/y' },
      /'databaseRepository': found "https:\/\/x\/y"; accepted is OCI references/,
    ],
    [{ javaDatabaseRepository: 'trivy-java-db' }, /'javaDatabaseRepository'/],
    [{ server: 'trivy:4954' }, /'server': found "trivy:4954"; accepted is an http or https address/],
    [{ trivyMirror: 'mirror' }, /'trivyMirror'/],
  ];
  for (const [change, expected] of cases) {
    it(`refuses ${JSON.stringify(change)}`, async () => {
      setInputs(change);
      await assert.rejects(readInputs(), expected);
    });
  }
});
