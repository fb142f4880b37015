import assert from 'node:assert/strict';
import { objectionToSize, picturesIn } from '../../../scripts/packageRules';

describe('the package', () => {
  it('has at most 3 MB', () => {
    assert.equal(objectionToSize(3_000_000), undefined);
    assert.match(objectionToSize(3_000_001) ?? '', /3000001 bytes, at most 3000000/);
  });

  it('takes the pictures along that its overview shows', () => {
    const overview =
      'Text [link](docs/build.md)\n\n![A tab](docs/images/a.png)\n\n![](docs/images/b.png) more';
    assert.deepEqual(picturesIn(overview), ['docs/images/a.png', 'docs/images/b.png']);
  });
});
