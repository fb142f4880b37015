import assert from 'node:assert/strict';
import { codeBlock, escapeMarkdown, shortDigest, table } from '../../../../tasks/common/reports/markdown';

describe('markdown', () => {
  it('shows hostile text as it is', () => {
    const escaped = escapeMarkdown('<script>|[x](javascript:1)`\n**');
    assert.doesNotMatch(escaped, /<script|\||\[|\*\*|`|\n/);
  });

  it('keeps a cell with a line break or a bar in one row', () => {
    assert.equal(table(['a'], [['x|y\nz']]).split('\n').length, 3);
  });

  it('fences code so that its content cannot end the block', () => {
    assert.equal(codeBlock('a ``` b\n', 'text'), '````text\na ``` b\n````');
  });

  it('shortens a digest to what people recognise', () => {
    assert.equal(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`), 'sha256:0123456789ab');
  });
});
