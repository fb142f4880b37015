import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { requireLinuxEngine, type BuilderSettings } from '../../../tasks/LangflowBuild/builder';
import { printedBy } from '../support/agent';

describe('requireLinuxEngine', () => {
  const own: BuilderSettings = { kind: 'container', options: [] };
  const { signal } = new AbortController();
  const former = process.env.PATH ?? '';
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'engine-'));
    process.env.PATH = folder;
  });
  afterEach(() => {
    process.env.PATH = former;
    rmSync(folder, { recursive: true });
  });

  /** A Docker CLI that tells of such an engine; undefined: of none. */
  function docker(engine: string | undefined): void {
    const file = path.join(folder, 'docker');
    writeFileSync(
      file,
      `#!/bin/sh\n${engine === undefined ? 'echo no daemon >&2; exit 1' : `echo ${engine}`}\n`,
    );
    chmodSync(file, 0o755);
  }

  async function check(settings: BuilderSettings, platform: NodeJS.Platform) {
    await printedBy(() => requireLinuxEngine(settings, signal, platform));
  }

  it('refuses an engine for Windows containers, and says what else there is', async () => {
    docker('windows');
    await assert.rejects(check(own, 'win32'), {
      name: 'UserError',
      message:
        /needs Linux .* runs on Windows and its Docker engine runs windows containers\. .*ubuntu-latest.*'builder'.*kubernetes/,
    });
  });

  it('refuses an agent without an engine, and one without Docker', async () => {
    await assert.rejects(check(own, 'darwin'), /runs on macOS and has no Docker engine that answers/);
    docker(undefined);
    await assert.rejects(check(own, 'win32'), /runs on Windows and has no Docker engine that answers/);
  });

  it('lets an engine for Linux containers build, wherever it runs', async () => {
    docker('linux');
    await check(own, 'darwin');
    await check(own, 'win32');
  });

  it('asks nothing on Linux, nor where a daemon or a cluster builds', async () => {
    docker('windows');
    await check(own, 'linux');
    await check({ kind: 'remote', address: 'tcp://buildkit:1234', options: [] }, 'win32');
    await check({ kind: 'kubernetes', name: undefined, options: [], kubeconfig: undefined }, 'win32');
    await check({ kind: 'existing', name: 'mine' }, 'win32');
  });
});
