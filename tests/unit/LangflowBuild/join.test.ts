import assert from 'node:assert/strict';
import type { ReleaseManifest } from '../../../tasks/common/release/release';
import { joined } from '../../../tasks/LangflowBuild/join';
import { COMMIT } from './samples';

const part = (name: string, more: Partial<ReleaseManifest> = {}): ReleaseManifest => ({
  schemaVersion: 1,
  name: 'part',
  source: { commit: COMMIT },
  components: [
    {
      name,
      image: `r/${name}`,
      digest: `sha256:${'a'.repeat(64)}`,
      platforms: ['linux/amd64'],
      baseImages: [],
    },
  ],
  ...more,
});
const join = (...parts: ReleaseManifest[]) =>
  joined(new Map(parts.map((one, index) => [`${index}.json`, one])), 'r-1');

describe('joining release manifests', () => {
  it('makes one release of all components', () => {
    const release = join(part('backend'), part('frontend'));
    assert.equal(release.name, 'r-1');
    assert.deepEqual(
      release.components.map(({ name }) => name),
      ['backend', 'frontend'],
    );
  });

  it('refuses parts of different commits', () => {
    assert.throws(
      () => join(part('a'), part('b', { source: { commit: 'f'.repeat(40) } })),
      /0\.json is of 0123.*1\.json of ffff/,
    );
  });

  it('refuses a component that two agents built', () => {
    assert.throws(() => join(part('a'), part('a')), /The component 'a' is in 0\.json and in 1\.json/);
  });

  it('refuses a part that went further', () => {
    const deployment = { time: '', namespace: 'n', digests: [], revision: 1, outcome: 'deployed' as const };
    assert.throws(() => join(part('a', { deployment })), /already has the section 'deployment'/);
  });
});
