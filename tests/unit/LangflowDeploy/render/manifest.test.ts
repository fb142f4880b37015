import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { parseManifest } from '../../../../tasks/LangflowDeploy/render/manifest';
import { settings } from '../samples';

describe('parseManifest', () => {
  it('takes several documents, empty ones and lists', () => {
    const text = `---\n# nothing\n---\n${stringify(settings('red'))}---\n${stringify({ kind: 'List', items: [settings('a'), settings('b')] })}`;
    assert.deepEqual(
      parseManifest(text, 'f.yaml').map(({ source }) => source),
      ['f.yaml, line 4', 'f.yaml, line 11', 'f.yaml, line 11'],
    );
  });
  it('reads YAML as kubectl does: octal modes, merge keys', () => {
    const text = `${stringify(settings('red'))}base: &base { a: 1 }\nspec: { <<: *base, mode: 0644 }\n`;
    assert.deepEqual(parseManifest(text, 'f.yaml')[0]?.object.spec, { a: 1, mode: 0o644 });
  });
  it('points at the line of broken YAML and of what is no object', () => {
    assert.throws(() => parseManifest('a: 1\nb: [', 'f.yaml'), /f\.yaml, line 2/);
    assert.throws(
      () => parseManifest('apiVersion: v1\nkind: Pod\nmetadata: { generateName: x }', 'f.yaml'),
      /f\.yaml, line 1: .*metadata\.name/,
    );
  });
});
