import assert from 'node:assert/strict';
import { cacheBranches, cacheReferences, type CacheScope } from '../../../tasks/LangflowBuild/cache';
import { component } from './samples';

const scope = (ref: string, more: Partial<CacheScope> = {}): CacheScope => ({
  ref,
  pullRequestTarget: undefined,
  defaultBranch: 'main',
  write: 'auto',
  ...more,
});

describe('the branches of the cache', () => {
  for (const [what, input, expected] of [
    ['the default branch', scope('refs/heads/main'), { branches: ['main'], write: 'main' }],
    [
      'another branch',
      scope('refs/heads/feature/x'),
      { branches: ['feature-x', 'main'], write: 'feature-x' },
    ],
    [
      'a pull request, which writes nothing',
      scope('refs/pull/12/merge', { pullRequestTarget: 'refs/heads/release/1' }),
      { branches: ['pull-12', 'release-1', 'main'], write: undefined },
    ],
    [
      'a pull request that is told to write',
      scope('refs/pull/12/merge', { pullRequestTarget: 'main', write: 'always' }),
      { branches: ['pull-12', 'main'], write: 'pull-12' },
    ],
    ['a git tag', scope('refs/tags/v1.2.3'), { branches: ['v1.2.3', 'main'], write: undefined }],
    [
      'a branch that must not write',
      scope('refs/heads/main', { write: 'never' }),
      { branches: ['main'], write: undefined },
    ],
  ] as const) {
    it(`are those of ${what}`, () => {
      assert.deepEqual(cacheBranches(input), expected);
    });
  }
});

describe('the references of the cache', () => {
  const all = [component('base', { publish: false }), component('a', { contexts: { b: 'target:base' } })];
  const references = (kind: 'inline' | 'local' | 'none', index: number) =>
    cacheReferences(
      all[index] ?? assert.fail(),
      all,
      { kind, branches: ['x', 'main'], write: 'x', directory: '/c' },
      (name) => `r/${name}`,
    );

  it('of the kind inline are the images of the branches themselves', () => {
    assert.deepEqual(references('inline', 1), {
      from: ['type=registry,ref=r/a:x', 'type=registry,ref=r/a:main'],
      to: ['type=inline'],
    });
    assert.deepEqual(references('inline', 0).to, []);
  });

  it('of the kind local are written beside what is read', () => {
    assert.deepEqual(references('local', 1), {
      from: ['type=local,src=/c/a'],
      to: ['type=local,dest=/c/a.new,mode=max,compression=zstd,ignore-error=true'],
    });
    assert.deepEqual(references('local', 0), { from: ['type=local,src=/c/a'], to: [] });
  });

  it('of no kind are none', () => {
    assert.deepEqual(references('none', 1), { from: [], to: [] });
  });
});
