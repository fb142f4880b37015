import assert from 'node:assert/strict';
import { tagsFrom } from '../../../tasks/LangflowBuild/tags';
import { COMMIT } from './samples';

const tags = (templates: string[], ref: string) =>
  tagsFrom(templates, { commit: COMMIT, ref, defaultBranch: 'main' });
const ALL = ['7', '{shortCommit}', '{branch}', 'v{version}', '{latest}'];

describe('tags', () => {
  for (const [ref, expected] of [
    ['refs/heads/main', ['7', '0123456789', 'main', 'latest']],
    ['refs/heads/feature/ä b', ['7', '0123456789', 'feature-b']],
    ['refs/pull/12/merge', ['7', '0123456789', 'pull-12']],
    ['refs/tags/v1.2.3-rc.1', ['7', '0123456789', 'v1.2.3-rc.1']],
    ['refs/tags/nightly', ['7', '0123456789', 'nightly']],
  ] as const) {
    it(`of ${ref} are ${expected.join(', ')}`, () => {
      assert.deepEqual(tags(ALL, ref), expected);
    });
  }

  it('refuses an unknown placeholder and names those that there are', () => {
    assert.throws(() => tags(['{brnch}'], ''), /'tags': found "\{brnch\}"; .*\{branch\}/);
  });

  it('refuses what is not a tag', () => {
    assert.throws(() => tags(['-x'], ''), /an image tag: letters, digits/);
    assert.throws(() => tags(['a b'], ''), /an image tag/);
  });
});
