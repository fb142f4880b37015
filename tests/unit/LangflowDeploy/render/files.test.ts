import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { readFiles } from '../../../../tasks/LangflowDeploy/render/files';
import type { ManifestObject } from '../../../../tasks/LangflowDeploy/render/manifest';
import { printedBy } from '../../support/agent';
import { settings } from '../samples';

/** Stands for kubectl: its overlay is a ConfigMap that tells the arguments. */
const KUBECTL = `#!/bin/sh
[ "$2" != "\${2%broken}" ] && { echo "no such base" >&2; exit 1; }
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: "%s" }\\n' "$1-$(basename "$2")-$3" >"$4"
`;

describe('readFiles', () => {
  const variables = ['SYSTEM_DEFAULTWORKINGDIRECTORY', 'AGENT_TEMPDIRECTORY', 'PATH'];
  const former = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'files-'));
    mkdirSync(path.join(folder, 'bin'));
    writeFileSync(path.join(folder, 'bin/kubectl'), KUBECTL);
    chmodSync(path.join(folder, 'bin/kubectl'), 0o755);
    Object.assign(process.env, {
      SYSTEM_DEFAULTWORKINGDIRECTORY: folder,
      AGENT_TEMPDIRECTORY: folder,
      PATH: `${path.join(folder, 'bin')}:/usr/bin:/bin`,
    });
    write('plain/b.yaml', 'b');
    write('plain/a.yaml', 'a');
    write('overlays/production/kustomization.yaml');
    write('overlays/production/patch.yaml', 'patch');
    write('overlays/production/base/kustomization.yml');
  });
  afterEach(() => {
    Object.assign(process.env, former);
    rmSync(folder, { recursive: true, force: true });
  });

  function write(file: string, color?: string): void {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    const text =
      color === undefined ? 'resources: []\n' : stringify({ ...settings(color), metadata: { name: color } });
    writeFileSync(path.join(folder, file), text);
  }
  async function read(...globs: string[]): Promise<string[]> {
    let objects: ManifestObject[] = [];
    await printedBy(async () => {
      objects = await readFiles(globs, new AbortController().signal);
    });
    return objects.map(({ object, source }) => `${object.metadata.name} (${source})`);
  }

  it('reads files in the order of their names, each once', async () => {
    const expected = ['a (plain/a.yaml, line 1)', 'b (plain/b.yaml, line 1)'];
    assert.deepEqual(await read('plain/*.yaml', 'plain/b.yaml'), expected);
  });
  it('builds a folder with a kustomization, and reads nothing below it', async () => {
    const built = 'kustomize-production--o (overlays/production, as built, line 1)';
    assert.deepEqual(await read('overlays/production'), [built]);
    assert.deepEqual(await read('overlays/**'), [built]);
    assert.deepEqual(await read('./overlays/production/', 'overlays/production'), [built]);
    assert.deepEqual(await read('overlays/production', 'overlays/production/patch.yaml'), [built]);
  });
  it('shows what kustomize said', async () => {
    write('broken/kustomization.yaml');
    await assert.rejects(read('broken'), /kubectl ended with exit code 1[^]*no such base/);
  });
  const refused: [string, string, RegExp][] = [
    ['a glob that finds nothing', 'nowhere/*.yaml', /Input 'manifests': found "nowhere\/\*\.yaml"/],
    ['a folder without a kustomization', 'plain', /no kustomization\.yaml; write 'plain\/\*\.yaml'/],
    [
      'a kustomization as a manifest',
      'overlays/production/*.yaml',
      /write its folder, 'overlays\/production'/,
    ],
  ];
  for (const [what, glob, expected] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(read(glob), expected);
    });
  }
  it('refuses files without an object', async () => {
    writeFileSync(path.join(folder, 'empty.yaml'), '# nothing\n');
    await assert.rejects(read('empty.yaml'), /at least one object/);
    assert.deepEqual(await read(), []);
  });
});
