import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { findProgram, type FoundProgram, type Program } from '../../../../tasks/common/tools/program';
import { printedBy } from '../../support/agent';

/** No program of the machine has this name. */
const NAME = 'langflow-test-tool';

describe('findProgram', () => {
  let folder: string;
  let archive: Buffer;
  let server: Server;
  let requests: string[];
  const former = { ...process.env };

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'program-test-'));
    mkdirSync(path.join(folder, 'release'));
    writeFileSync(path.join(folder, 'release', NAME), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 });
    execFileSync('tar', ['-czf', path.join(folder, 'a.tar.gz'), '-C', path.join(folder, 'release'), NAME]);
    archive = readFileSync(path.join(folder, 'a.tar.gz'));
    requests = [];
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.AGENT_TOOLSDIRECTORY = path.join(folder, 'tools');
    process.env.AGENT_VERSION = '4.248.0';
  });

  afterEach(() => {
    for (const name of ['PATH', 'AGENT_TOOLSDIRECTORY', 'AGENT_VERSION']) {
      const value = former[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes the one on PATH and downloads nothing', async () => {
    process.env.PATH = `${path.join(folder, 'release')}${path.delimiter}${process.env.PATH ?? ''}`;
    const found = await find(program());
    assert.deepEqual(found, { file: path.join(folder, 'release', NAME), version: '1.2.3', source: 'PATH' });
    assert.deepEqual(requests, []);
  });

  it('downloads, verifies and keeps it, and finds it in the tool cache the next time', async () => {
    const first = await find(program());
    assert.equal(first.source, 'download');
    assert.equal(execFileSync(first.file).toString(), '1.2.3\n');
    const second = await find(program());
    assert.deepEqual(second, { ...first, source: 'tool cache' });
    assert.deepEqual(requests, ['/a.tar.gz']);
  });

  it('finds it in the one folder of an archive', async () => {
    execFileSync('tar', ['-czf', path.join(folder, 'nested.tar.gz'), '-C', folder, `release/${NAME}`]);
    archive = readFileSync(path.join(folder, 'nested.tar.gz'));
    const first = await find(program());
    assert.equal(path.basename(path.dirname(first.file)), 'release');
    assert.deepEqual(await find(program()), { ...first, source: 'tool cache' });
  });

  it('takes the executable of the platform', async () => {
    writeFileSync(path.join(folder, 'release', `${NAME}.exe`), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 });
    execFileSync('tar', ['-czf', path.join(folder, 'b.tar.gz'), '-C', path.join(folder, 'release'), '.']);
    archive = readFileSync(path.join(folder, 'b.tar.gz'));
    const both = program();
    both.downloads = { ...both.downloads, 'win32-x64': both.downloads['linux-x64'] };
    assert.equal(path.basename((await find(both, 'win32-x64')).file), `${NAME}.exe`);
    assert.equal(path.basename((await find(both)).file), NAME);
  });

  it('unpacks nothing whose checksum is another one', async () => {
    const good = program();
    archive = Buffer.concat([archive, Buffer.from('x')]);
    await assert.rejects(find(good), /has the SHA-256 [0-9a-f]{64}, expected is [0-9a-f]{64}/);
    assert.equal(existsSync(path.join(folder, 'tools')), false);
  });

  it('does not download for a platform without a known checksum', async () => {
    await assert.rejects(
      find(program(), 'sunos-x64'),
      /no download .* for sunos-x64; there is one for linux-x64/,
    );
    assert.deepEqual(requests, []);
  });

  it('refuses a version that must not be used, wherever it was found', async () => {
    const bad = { ...program(), objection: (version: string) => `${version} is bad. Remove it.` };
    await assert.rejects(
      find(bad),
      /langflow-test-tool 1\.2\.3, which is refused: 1\.2\.3 is bad\. Remove it\./,
    );
    process.env.PATH = `${path.join(folder, 'release')}${path.delimiter}${process.env.PATH ?? ''}`;
    await assert.rejects(find(bad), /is refused/);
  });

  function program(): Program {
    const { port } = server.address() as AddressInfo;
    return {
      name: NAME,
      version: '1.2.3',
      downloads: {
        'linux-x64': {
          url: `http://127.0.0.1:${port}/a.tar.gz`,
          sha256: createHash('sha256').update(archive).digest('hex'),
        },
      },
      versionOf: (file) => Promise.resolve(execFileSync(file).toString().trim()),
      objection: () => undefined,
    };
  }
});

/** What tool-lib prints on its way would look like commands of this test's own run. */
async function find(program: Program, platform = 'linux-x64'): Promise<FoundProgram> {
  let found: FoundProgram | undefined;
  await printedBy(async () => {
    found = await findProgram(program, platform);
  });
  assert.ok(found);
  return found;
}
