import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  addSection,
  checkRelease,
  digestsOf,
  imageByDigest,
  readRelease,
  type ReleaseManifest,
  writeRelease,
} from '../../../../tasks/common/release/release';

const digest = (character: string): string => `sha256:${character.repeat(64)}`;
const component = (name: string, character: string) => ({
  name,
  image: `localhost:5000/langflow/${name}`,
  digest: digest(character),
  platforms: ['linux/amd64'],
  baseImages: [],
});
const manifest: ReleaseManifest = {
  schemaVersion: 1,
  name: '20261124.1',
  source: { commit: 'a'.repeat(40) },
  components: [component('backend', 'b'), component('frontend', 'f')],
};
const smokeTest = {
  time: '2026-11-24T05:00:00Z',
  digests: digestsOf(manifest),
  checks: 3,
  failed: 0,
  verdict: 'passed' as const,
};

describe('release manifest', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'release-'));
    file = path.join(folder, 'langflow-release', 'release.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is read as it was written, and no half-written file stays behind', async () => {
    await writeRelease(file, manifest);
    assert.deepEqual(await readRelease(file), manifest);
    assert.deepEqual(readdirSync(path.dirname(file)), ['release.json']);
  });

  it("gains a section and keeps the others' as they are", async () => {
    await writeRelease(file, manifest);
    await addSection(file, 'smokeTest', smokeTest);
    assert.deepEqual(await readRelease(file), { ...manifest, smokeTest });
  });

  it('names an image by digest', () => {
    assert.equal(imageByDigest(component('backend', 'b')), `localhost:5000/langflow/backend@${digest('b')}`);
  });

  it('is refused when it is missing, with the way to get it', async () => {
    await assert.rejects(readRelease(file), /no such file.*LangflowBuild writes it/);
  });

  it('is refused when it is cut off', async () => {
    await writeRelease(file, manifest);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
    await assert.rejects(readRelease(file), /is not JSON/);
  });

  const wrong: [string, unknown, RegExp][] = [
    [
      'of another schema version',
      { ...manifest, schemaVersion: 2 },
      /\/schemaVersion must be equal to constant/,
    ],
    ['without components', { ...manifest, components: [] }, /\/components must NOT have fewer than 1 items/],
    ['with an unknown field', { ...manifest, colour: 'blue' }, /additional properties/],
    [
      'with a tag in place of a digest',
      { ...manifest, components: [{ ...component('backend', 'b'), digest: 'latest' }] },
      /\/components\/0\/digest must match pattern/,
    ],
    [
      'with two components of one name',
      { ...manifest, components: [component('backend', 'b'), component('backend', 'c')] },
      /two components named 'backend'/,
    ],
    [
      'whose section speaks of another build',
      { ...manifest, smokeTest: { ...smokeTest, digests: [digest('b'), digest('0')] } },
      /section 'smokeTest' speaks of other digests/,
    ],
    [
      'whose section leaves a component out',
      { ...manifest, smokeTest: { ...smokeTest, digests: [digest('b')] } },
      /section 'smokeTest' speaks of other digests/,
    ],
  ];
  for (const [what, value, expected] of wrong) {
    it(`is refused ${what}`, () => {
      assert.throws(() => checkRelease(value, 'release.json'), expected);
    });
  }

  it('is not written when it is wrong, and what was there stays', async () => {
    await writeRelease(file, manifest);
    await assert.rejects(writeRelease(file, { ...manifest, components: [] }));
    assert.deepEqual(await readRelease(file), manifest);
  });
});
