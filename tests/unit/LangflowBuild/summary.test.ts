import assert from 'node:assert/strict';
import { summaryOf } from '../../../tasks/LangflowBuild/summary';

describe('the summary of a build', () => {
  it('has one row an image, with digest and base images', () => {
    const markdown = summaryOf(
      {
        schemaVersion: 1,
        name: '2026.1',
        source: { commit: '0123456789012345678901234567890123456789' },
        components: [
          {
            name: 'backend',
            image: 'localhost:5000/langflow/backend',
            digest: `sha256:${'a'.repeat(64)}`,
            tags: ['7'],
            platforms: ['linux/amd64'],
            baseImages: [{ image: 'debian:bookworm', digest: `sha256:${'b'.repeat(64)}` }],
          },
        ],
      },
      83_000,
    );
    assert.match(markdown, /^Built and pushed in 1m23s from commit 0123456789\.\n/);
    assert.match(
      markdown,
      /\| backend \| localhost:5000\/langflow\/backend:7 \| sha256:a{12} \| linux\/amd64 \| debian:bookworm &#40;sha256:b{12}&#41; \|/,
    );
  });
});
