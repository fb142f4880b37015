import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readRelease } from '../../tasks/common/release/release';
import type { StepOptions } from '../agent/step';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { buildStep, COMMIT, isRunning, writeFiles, type BuildOutcome } from './support/buildStep';
import { pushedDigest, registryOf } from './support/images';
import { viewOf } from './support/view';

describe('LangflowBuild', function () {
  this.timeout(300_000);

  // Nothing that an earlier run left in the builder or in the registry may help.
  const nonce = randomBytes(6).toString('hex');
  const prefix = `tests/build-${nonce}`;
  let environment: LocalEnvironment;
  let folder: string;
  let sources: string;

  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'build-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    sources = mkdtempSync(path.join(folder, 'sources-'));
    // Two components on one base that is not published.
    write('base/Dockerfile', `FROM debian:bookworm-slim\nRUN echo running-base-${nonce} | tee /base\n`);
    for (const name of ['back-end', 'worker']) {
      write(
        `${name}/Dockerfile`,
        `FROM base\nCOPY source /source\nRUN echo running-${name}-$(cat /source)\n`,
      );
      write(`${name}/source`, nonce);
    }
    write(
      'components.yml',
      [
        'components:',
        '  - { name: base, context: base, publish: false }',
        "  - { name: back-end, context: back-end, contexts: { base: 'target:base' } }",
        "  - { name: worker, context: worker, contexts: { base: 'target:base' } }",
      ].join('\n'),
    );
  });

  const write = (file: string, content: string): void => {
    writeFiles(sources, { [file]: content });
  };
  const build = (
    inputs: Record<string, string> = {},
    more: Partial<StepOptions> = {},
  ): Promise<BuildOutcome> => buildStep(environment, { folder, sources, prefix }, inputs, more);

  const digestOf = (repository: string, tag: string): Promise<string | undefined> =>
    pushedDigest(registryOf(environment), repository, tag);

  const countOf = (log: string, text: string) =>
    log.split('\n').filter((line) => line.endsWith(` ${text}`)).length;

  it('builds one graph, pushes it, and hands over every image by digest', async () => {
    const step = await build();
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(countOf(step.log, `running-base-${nonce}`), 1, 'the base is built once for both');

    const release = await readRelease(step.releaseManifest);
    assert.deepEqual(release.source, {
      repository: 'https://example.org/langflow.git',
      branch: 'refs/heads/main',
      commit: COMMIT,
    });
    assert.equal(release.build?.id, '7');
    assert.deepEqual(
      release.components.map(({ name, image }) => ({ name, image })),
      ['back-end', 'worker'].map((name) => ({
        name,
        image: `${environment.registryHost}/${prefix}/${name}`,
      })),
    );
    for (const { name, digest, index, size, tags, platforms, baseImages, buildRef } of release.components) {
      assert.equal(index, await digestOf(`${prefix}/${name}`, '7'));
      assert.equal(digest, await digestOf(`${prefix}/${name}`, digest), 'the image itself is there, too');
      assert.ok((size ?? 0) > 1_000_000);
      assert.equal(step.outputs[`digest_${name.replace('-', '_')}`], digest);
      assert.deepEqual(tags, ['7']);
      assert.deepEqual(platforms, ['linux/amd64']);
      assert.deepEqual(
        baseImages.map(({ image }) => image),
        ['debian:bookworm-slim'],
      );
      assert.match(buildRef ?? '', /^[a-z0-9]{25}$/);
      assert.ok(await digestOf(`${prefix}/${name}`, 'buildcache-main'), `${name} has a layer cache`);
    }
    assert.equal(await digestOf(`${prefix}/base`, '7'), undefined, 'the base is not published');
    assert.equal(step.outputs.releaseName, 'test');
    assert.equal(step.outputs.releaseManifest, step.releaseManifest);
    assert.match(step.summary, /\| worker \|/);
    assert.ok(step.attachments.some(({ type }) => type === 'langflow.build.gantt'));
    const { release: shown, build: graph } = viewOf(step);
    assert.deepEqual(
      shown?.components.map(({ digest }) => digest),
      release.components.map(({ digest }) => digest),
    );
    assert.deepEqual(
      graph?.images.map(({ component, sizeBytes }) => [component, (sizeBytes ?? 0) > 1_000_000]),
      [
        ['back-end', true],
        ['worker', true],
      ],
    );
  });

  it('keeps the digest of what did not change, on either Node, and builds again what did', async () => {
    const first = await build({}, { node: 20 });
    const again = await build({}, { node: 24 });
    assert.equal(again.result, 'Succeeded', again.message);
    assert.equal(again.outputs.digest_back_end, first.outputs.digest_back_end);
    assert.equal(again.outputs.digest_worker, first.outputs.digest_worker);
    assert.doesNotMatch(
      again.log,
      new RegExp(` running-\\S*${nonce}$`, 'm'),
      'every command came from the cache',
    );

    write('worker/source', `changed-${nonce}`);
    const changed = await build();
    assert.equal(changed.outputs.digest_back_end, first.outputs.digest_back_end);
    assert.notEqual(changed.outputs.digest_worker, first.outputs.digest_worker);
    assert.equal(countOf(changed.log, `running-worker-changed-${nonce}`), 1);
    assert.equal(countOf(changed.log, `running-base-${nonce}`), 0);
  });

  it('without push builds, and leaves nothing in the registry', async () => {
    const step = await build({ push: 'false', repositoryPrefix: `${prefix}-dry` });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(step.message, /'push' is false/);
    assert.equal(existsSync(step.releaseManifest), false);
    for (const tag of ['7', 'buildcache-main']) {
      assert.equal(await digestOf(`${prefix}-dry/worker`, tag), undefined);
    }
  });

  it('offers the CA bundle as a secret, and obeys no command that a build prints', async () => {
    write('ca.pem', `certificate ${nonce}\n`);
    write(
      'worker/Dockerfile',
      'FROM base\nRUN --mount=type=secret,id=ca,target=/ca sed s/certificate/found/ /ca\n' +
        'RUN echo "##vso[task.setvariable variable=forged;isOutput=true]yes"\n',
    );
    const step = await build({ caBundle: 'ca.pem' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(countOf(step.log, `found ${nonce}`), 1);
    assert.equal(step.outputs.forged, undefined);
  });

  it('points at the line of the Dockerfile that fails, with its last words', async () => {
    write('base/Dockerfile', 'FROM debian:bookworm-slim\n\nRUN echo needed file is missing >&2; exit 3\n');
    const step = await build();
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Component 'base' could not be built: a command ended with exit code 3/);
    assert.match(step.message, /base\/Dockerfile, line 3:/);
    assert.match(step.message, /Last words of the command:\s+needed file is missing/);
    const [issue] = step.issues.filter(({ path: file }) => file !== undefined);
    assert.deepEqual([issue?.type, issue?.path, issue?.line], ['error', 'base/Dockerfile', 3]);
    assert.equal(existsSync(step.releaseManifest), false);
    const { result, build: graph } = viewOf(step);
    assert.equal(result, 'failed');
    assert.match(graph?.vertices.find(({ error }) => error)?.lastWords ?? '', /needed file is missing/);
  });

  it('refuses a missing Dockerfile before anything is started', async () => {
    rmSync(path.join(sources, 'worker/Dockerfile'));
    const step = await build();
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /components\.yml, line 4, column 5: component 'worker': the Dockerfile \S+ does not exist/,
    );
    assert.doesNotMatch(step.log, /buildx/);
  });

  it('says what to do when the registry refuses the credential', async () => {
    const resources = structuredClone(environment.resources);
    const parameters = resources.serviceConnections?.['langflow-acr']?.parameters ?? {};
    parameters.password = 'wrong-password';
    // A base image that needs no login, so that the push is what is refused.
    write('base/Dockerfile', 'FROM scratch\nCOPY Dockerfile /base\n');
    for (const name of ['back-end', 'worker'])
      write(`${name}/Dockerfile`, 'FROM base\nCOPY source /source\n');
    const step = await build({ cache: 'none' }, { resources });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /failed to push .* 401 Unauthorized/);
    assert.match(step.message, /check user name, password and rights .* 'containerRegistry'/);
    assert.doesNotMatch(step.log, /wrong-password/);
  });

  it('says which builder there is not', async () => {
    const step = await build({ builder: 'no-such-builder' });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /no builder "no-such-builder" found[^]*Accepted in the input 'builder'/);
  });

  for (const node of [20, 24] as const) {
    it(`ends when it is cancelled, and its children with it, on Node ${node}`, async () => {
      const seconds = `${randomInt(1e8, 1e9)}`;
      write('worker/Dockerfile', `FROM base\nRUN echo asleep-${seconds} && sleep ${seconds}\n`);
      const step = await build(
        {},
        { node, cancelAfter: (log) => new RegExp(`\\]   asleep-${seconds}$`, 'm').test(log) },
      );
      assert.equal(step.result, 'Canceled');
      assert.equal(existsSync(step.releaseManifest), false);
      assert.equal(isRunning(`sleep ${seconds}$`), false);
    });
  }
});
