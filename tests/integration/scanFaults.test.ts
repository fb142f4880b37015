import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { debian, pushImage, registryOf } from './support/images';
import { scanStep, type Image, type ScanOptions, type ScanOutcome } from './support/scanStep';

const CLEAN = debian({ zlib1g: '1:1.2.13' });

/** What goes wrong around a scan: the step fails, says what, and leaves no verdict that says otherwise. */
describe('LangflowScan when something breaks', function () {
  this.timeout(300_000);

  const repository = `tests/scan-${randomBytes(6).toString('hex')}`;
  const servers: Server[] = [];
  let environment: LocalEnvironment;
  let folder: string;
  let trivy: string;
  let clean: string;
  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'scan-faults-'));
    trivy = execFileSync('which', ['trivy'], { encoding: 'utf8' }).trim();
    clean = await pushImage(registryOf(environment), repository, CLEAN);
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const scan = (
    images: Record<string, Image>,
    inputs: Record<string, string> = {},
    options: ScanOptions = {},
  ): Promise<ScanOutcome> =>
    scanStep({ environment, folder, repository }, images, { sbomFormats: '', ...inputs }, options);

  /** A PATH on which `trivy` is a shell script; `$real` is the true one. */
  const withTrivy = (script: string): ScanOptions => {
    const bin = mkdtempSync(path.join(folder, 'bin-'));
    writeFileSync(path.join(bin, 'trivy'), `#!/bin/sh\nreal='${trivy}'\n${script}\n`);
    chmodSync(path.join(bin, 'trivy'), 0o755);
    return { variables: { PATH: `${bin}:${process.env.PATH ?? ''}` } };
  };
  /** Runs the true one, and then a command on the report `$report` of a scan. */
  const afterScan = (command: string): ScanOptions =>
    withTrivy(
      `"$real" "$@" || exit $?\nreport=\nprevious=\nfor argument; do\n  [ "$previous" = --output ] && report=$argument\n  previous=$argument\ndone\n[ -n "$report" ] || exit 0\n${command}`,
    );

  const reports: [string, string, RegExp][] = [
    ['is cut off', 'truncate -s 300 "$report"', /not whole JSON/],
    ['is empty', ': > "$report"', /not whole JSON/],
    ['is missing', 'rm "$report"', /ENOENT/],
    [
      'has a new schema version',
      `sed -i 's/"SchemaVersion": 2/"SchemaVersion": 3/' "$report"`,
      /SchemaVersion must be equal/,
    ],
    [
      'is about another image',
      `sed -i 's/"ArtifactName": "[^"]*"/"ArtifactName": "x"/' "$report"`,
      /it is about "x"/,
    ],
    [
      'has an unknown severity',
      `echo '{"SchemaVersion":2,"Trivy":{"Version":"0.74.0"},"ArtifactName":"","ArtifactType":"container_image","Results":[{"Target":"a","Class":"os-pkgs","Vulnerabilities":[{"VulnerabilityID":"C","PkgName":"p","InstalledVersion":"1","Severity":"Severe"}]}]}' > "$report"`,
      /Severity must be equal/,
    ],
  ];
  for (const [what, command, expected] of reports) {
    it(`fails when a report ${what}`, async () => {
      const step = await scan({ backend: clean }, {}, afterScan(command));
      assert.equal(step.result, 'Failed');
      assert.match(step.message, expected);
      assert.match(step.message, /backend was not scanned/);
      assert.equal(step.release.scan?.verdict, 'failed');
      assert.equal(step.outputs.verdict, 'failed');
    });
  }

  it('fails when the scanner is killed', async () => {
    const step = await scan(
      { backend: clean },
      {},
      withTrivy('case "$*" in *--output*) kill -KILL $$ ;; esac\nexec "$real" "$@"'),
    );
    assert.match(step.message, /backend was not scanned: Trivy was killed/);
    assert.equal(step.release.scan?.verdict, 'failed');
  });

  it('fails when the scanner crashes, with its last words', async () => {
    const crash =
      'case "$*" in *--output*) echo "panic: runtime error: boom" >&2; exit 2 ;; esac\nexec "$real" "$@"';
    const step = await scan({ backend: clean }, {}, withTrivy(crash));
    assert.match(step.message, /backend was not scanned: .*exit code 2[^]*panic: runtime error: boom/);
  });

  it('refuses a malicious release by name, before it is asked to do anything', async () => {
    const step = await scan(
      { backend: clean },
      {},
      withTrivy(`case "$1" in version) echo '{"Version":"0.69.4"}' ;; *) touch ${folder}/ran ;; esac`),
    );
    assert.match(step.message, /trivy 0\.69\.4, which is refused: this release is malicious.*CVE-2026-33634/);
    assert.throws(() => readFileSync(path.join(folder, 'ran')));
  });

  it('fails when the disk is full, and says so of the report', async () => {
    const reportDirectory = mkdtempSync(path.join(folder, 'full-'));
    symlinkSync('/dev/full', path.join(reportDirectory, 'langflow-scan.json'));
    const step = await scan({ backend: clean }, { reportDirectory });
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /langflow-scan\.json could not be written: .*ENOSPC.*The scan counts as failed/,
    );
    assert.equal(step.release.scan, undefined, 'no verdict without reports');
    assert.equal(step.outputs.verdict, undefined);
  });

  describe('database', () => {
    /** A registry that answers the first requests for the database with a status, then passes them on to the true one. */
    const flaky = async (status: number, times: number): Promise<{ host: string; refused: () => number }> => {
      let refused = 0;
      const server = createServer((incoming, outgoing) => {
        if (incoming.url?.includes('/trivy/trivy-db/') === true && refused < times) {
          refused += 1;
          outgoing.writeHead(status, { 'content-type': 'application/json' });
          outgoing.end(
            JSON.stringify({
              errors: [{ code: status === 429 ? 'TOOMANYREQUESTS' : 'UNAVAILABLE', message: 'x' }],
            }),
          );
          return;
        }
        const { username, password } = environment.registryCredentials;
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
        const [hostname, port] = environment.registryHost.split(':');
        const { method, url, headers } = incoming;
        const passed = request(
          {
            hostname,
            port,
            method,
            path: url,
            headers: { ...headers, host: environment.registryHost, authorization },
          },
          (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
          },
        );
        passed.on('error', () => outgoing.destroy());
        incoming.pipe(passed);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, refused: () => refused };
    };

    it('is downloaded again after 429, and the images are scanned once', async () => {
      // More than the few that Trivy itself sits out within a second or two.
      const registry = await flaky(429, 4);
      const step = await scan(
        { backend: clean },
        { databaseRepository: `${registry.host}/trivy/trivy-db:2` },
      );
      assert.equal(step.result, 'Succeeded', step.message);
      assert.equal(registry.refused(), 4);
      assert.match(step.log, /could not be downloaded; the next attempt is in 5 s.*TOOMANYREQUESTS/);
    });

    it('comes from the next mirror when the first cannot be had', async () => {
      const none = `${environment.registryHost}/tests/none:2`;
      const step = await scan(
        { backend: clean },
        { databaseRepository: `${none}, ${environment.databaseRepository}` },
      );
      assert.equal(step.result, 'Succeeded', step.message);
      assert.match(step.log, /The vulnerability database comes from .*trivy-db:2: .*tests\/none:2/);
    });

    it('is that of the cache in the modes skip and offline, and a must', async () => {
      const cacheDirectory = mkdtempSync(path.join(folder, 'cache-'));
      const none = await scan({ backend: clean }, { cacheDirectory, database: 'skip' });
      assert.match(
        none.message,
        /There is no vulnerability database of .* in the cache.*nothing was scanned/,
      );
      assert.equal(none.release.scan, undefined);
      await scan({ backend: clean }, { cacheDirectory });
      for (const database of ['skip', 'offline']) {
        const step = await scan({ backend: clean }, { cacheDirectory, database });
        assert.equal(step.result, 'Succeeded', step.message);
      }
    });

    it('of Java is asked for when an image has a JAR file, and the image fails without it', async () => {
      const jar = readFileSync(jarFile());
      const digest = await pushImage(registryOf(environment), repository, { ...CLEAN, 'app/a.jar': jar });
      const javaDatabaseRepository = `${environment.registryHost}/tests/none-java:1`;
      const cacheDirectory = mkdtempSync(path.join(folder, 'cache-'));
      const step = await scan(
        { backend: digest, frontend: clean },
        { javaDatabaseRepository, cacheDirectory },
      );
      assert.match(
        step.message,
        /backend was not scanned: The Java index could not be downloaded from .*none-java:1/,
      );
      assert.doesNotMatch(step.message, /frontend was not scanned/);
    });
  });

  describe('installation', () => {
    it('fails when the archive of the mirror has another checksum, and unpacks nothing', async () => {
      const server = createServer((_, answer) => answer.end('not the release'));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const trivyMirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v0.74.0`;
      const tools = mkdtempSync(path.join(folder, 'tools-'));
      const variables = { PATH: '/usr/bin:/bin', 'Agent.ToolsDirectory': tools };
      const step = await scan({ backend: clean }, { trivyMirror }, { variables });
      const actual = createHash('sha256').update('not the release').digest('hex');
      assert.match(
        step.message,
        new RegExp(
          `${trivyMirror}/trivy_0\\.74\\.0_Linux-64bit\\.tar\\.gz has the SHA-256 ${actual}, expected is 2ae6fe3e`,
        ),
      );
      assert.equal(step.release.scan, undefined);
    });

    it('takes the scanner of the tool cache where PATH has none', async () => {
      const tools = mkdtempSync(path.join(folder, 'tools-'));
      const cached = path.join(tools, 'trivy/0.74.0/x64');
      mkdirSync(cached, { recursive: true });
      copyFileSync(trivy, path.join(cached, 'trivy'));
      writeFileSync(`${cached}.complete`, '');
      const variables = { PATH: '/usr/bin:/bin', 'Agent.ToolsDirectory': tools };
      const step = await scan({ backend: clean }, {}, { variables });
      assert.equal(step.result, 'Succeeded', step.message);
      assert.match(step.log, /Using trivy 0\.74\.0 from .* \(tool cache\)/);
    });
  });

  /** The smallest JAR file whose name Trivy has to look up. */
  function jarFile(): string {
    const file = path.join(folder, 'a.jar');
    const script =
      "import zipfile,sys; z=zipfile.ZipFile(sys.argv[1],'w'); z.writestr('META-INF/MANIFEST.MF','Manifest-Version: 1.0\\n'); z.writestr('a.class','x'); z.close()";
    execFileSync('python3', ['-c', script, file]);
    return file;
  }
});
