import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { BuildSuite } from './support/buildSuite';
import { pushImage } from './support/images';

describe('The layer cache of LangflowBuild', function () {
  this.timeout(300_000);
  const suite = new BuildSuite();

  it('from which a fresh builder takes everything, on the branch and on one that begins with it', async () => {
    await suite.release();
    const same = await suite.build({ builder: (await suite.freshBuilder()).address });
    await suite.released(same);
    assert.equal(suite.ran(same), false);
    assert.match(same.summary, /1 of 1 &#40;100 %&#41;/);
    const branch = { variables: { 'Build.SourceBranch': 'refs/heads/feature/x' } };
    const other = await suite.build({ builder: (await suite.freshBuilder()).address }, branch);
    await suite.released(other);
    assert.equal(suite.ran(other), false);
    assert.ok(await suite.pushed('buildcache-feature-x'));
  });

  it('which a build that executes nothing does not make worse', async () => {
    suite.write({
      'base/Dockerfile':
        'FROM debian:bookworm-slim AS made\nRUN mkdir /made && echo made >/made/file\nFROM debian:bookworm-slim\nCOPY --from=made /made /made\nWORKDIR /made\n',
      'app/Dockerfile': `FROM base\nCOPY source /source\nRUN echo running-${suite.nonce}\n`,
      'app/source': suite.nonce,
      'components.yml':
        "components:\n  - { name: base, context: base, publish: false }\n  - { name: app, context: app, contexts: { base: 'target:base' } }\n",
    });
    const builder = (await suite.freshBuilder()).address;
    await suite.release({ builder });
    const warm = await suite.build({ builder });
    await suite.released(warm);
    assert.equal(suite.ran(warm), false);
    const fresh = await suite.build({ builder: (await suite.freshBuilder()).address });
    await suite.released(fresh);
    assert.equal(suite.ran(fresh), false);
    assert.match(fresh.summary, /\| app \|.*100 %/);
  });

  it('which a pull request reads and does not write', async () => {
    await suite.release();
    const variables = {
      'Build.SourceBranch': 'refs/pull/3/merge',
      'System.PullRequest.TargetBranch': 'main',
    };
    const step = await suite.build(
      { builder: (await suite.freshBuilder()).address, push: 'false' },
      { variables },
    );
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(suite.ran(step), false);
    assert.equal(await suite.pushed('buildcache-pull-3'), undefined);
  });

  it('in the image itself', async () => {
    const inputs = { cache: 'inline', tags: '7\n{branch}' };
    await suite.release(inputs);
    const step = await suite.build({ ...inputs, builder: (await suite.freshBuilder()).address });
    await suite.released(step);
    assert.equal(suite.ran(step), false);
    assert.equal(await suite.pushed('buildcache-main'), undefined);
  });

  it('in a suite.folder, which does not grow', async () => {
    const inputs = { cache: 'local', cacheDirectory: path.join(suite.folder, `cache-${suite.nonce}`) };
    await suite.release(inputs);
    const blobs = () =>
      execFileSync('find', [inputs.cacheDirectory, '-type', 'f'], { encoding: 'utf8' }).split('\n').length;
    const before = blobs();
    const step = await suite.build({ ...inputs, builder: (await suite.freshBuilder()).address });
    await suite.released(step);
    assert.equal(suite.ran(step), false);
    assert.ok(blobs() <= before, 'it is the same');
  });

  it('without which it builds on, when it is broken', async () => {
    await suite.release();
    await pushImage(
      suite.registry,
      `${suite.prefix}/app`,
      { x: 'no cache' },
      'linux/amd64',
      [],
      'buildcache-main',
    );
    const step = await suite.build({ builder: (await suite.freshBuilder()).address });
    await suite.released(step);
    assert.equal(suite.ran(step), true);
  });
});
