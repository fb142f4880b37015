import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '../../..');

/** A repository of a user's own that has the samples in it. */
export class SampleRepository {
  readonly root: string;

  /** @param folder around it, for whatever the runs leave */
  constructor(readonly folder = mkdtempSync(path.join(tmpdir(), 'samples-'))) {
    this.root = path.join(folder, 'repository');
    mkdirSync(this.root);
    cpSync(path.join(PROJECT, 'samples'), this.file('samples'), { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  file(name: string): string {
    return path.join(this.root, name);
  }

  git(...args: string[]): void {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];
    execFileSync('git', [...identity, ...args], { cwd: this.root });
  }

  commit(message: string): void {
    this.git('add', '.');
    this.git('commit', '--quiet', `--message=${message}`);
  }

  /** Replaces the first occurrence, which has to be there. */
  edit(name: string, found: string, replacement: string): void {
    const text = readFileSync(this.file(name), 'utf8');
    assert.ok(text.includes(found), `${name} has: ${found}`);
    writeFileSync(
      this.file(name),
      text.replace(found, () => replacement),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
