import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { BuildSuite } from './support/buildSuite';
import { textOfFiles } from './support/files';
import { manifestOf, metadataOf, pushImage } from './support/images';

/** What LangflowBuild can do beside the plain way of build.test.ts, each against the real BuildKit and registry. */
describe('LangflowBuild can', function () {
  this.timeout(300_000);
  const suite = new BuildSuite();

  describe('test in the same graph', () => {
    const tested = (junit: string): void => {
      suite.write({
        'app/Dockerfile': [
          'FROM debian:bookworm-slim AS app',
          `RUN echo ${suite.nonce} > /app`,
          'FROM app AS run-tests',
          `COPY junit.xml coverage.xml /reports/`,
          'FROM scratch AS unit',
          'COPY --from=run-tests /reports /',
          'FROM app',
        ].join('\n'),
        'app/junit.xml': junit,
        'app/coverage.xml': '<coverage line-rate="1"/>',
        'components.yml': 'components: [{ name: app, context: app, tests: [{ target: unit }] }]\n',
      });
    };

    it('and publish results and coverage of tests that pass', async () => {
      tested('<testsuite><testcase name="a"/><testcase name="b"/></testsuite>');
      const step = await suite.build();
      assert.equal((await suite.released(step)).length, 1);
      assert.deepEqual(
        step.testResults.map(({ runTitle }) => runTitle),
        ['app-unit'],
      );
      assert.equal(step.coverage.length, 1);
      assert.match(step.summary, /\| app \|.*\| 2 passed \|/);
    });

    it('and push nothing when one fails, but publish its results', async () => {
      tested(
        '<testsuite><testcase name="a"/><testcase classname="T" name="b"><failure message="1 is not 2"/></testcase></testsuite>',
      );
      const step = await suite.build();
      assert.equal(step.result, 'Failed');
      assert.match(
        step.message,
        /Tests failed, so nothing was pushed\.\napp-unit: 1 of 2 tests failed:\n- T\.b: 1 is not 2/,
      );
      assert.equal(await suite.pushed('7'), undefined);
      assert.equal(step.testResults.length, 1);
      assert.equal(existsSync(step.releaseManifest), false);
    });

    it('and push nothing when the stage itself fails', async () => {
      suite.write({
        'app/Dockerfile':
          'FROM debian:bookworm-slim AS app\nFROM app AS unit\nRUN echo assertion is wrong; exit 1\nFROM app\n',
        'components.yml': 'components: [{ name: app, context: app, tests: [{ target: unit }] }]\n',
      });
      const step = await suite.build();
      assert.match(step.message, /'app-unit' could not be built[^]*line 3:[^]*assertion is wrong/);
      assert.equal(await suite.pushed('7'), undefined);
    });
  });

  it('take a bake file of the user, with its variables, bases and tests', async () => {
    suite.write({
      'docker-bake.hcl': `
variable "WORD" { default = "unset" }
group "default" { targets = ["app"] }
target "base" { context = "app" }
target "app" {
  contexts = { base = "target:base" }
  dockerfile-inline = "FROM base\\nARG WORD\\nRUN echo word-$WORD"
  args = { WORD = upper(WORD) }
  tags = ["example.org/never:1"]
  output = ["type=tar,dest=never.tar"]
}`,
    });
    const step = await suite.build({ components: 'docker-bake.hcl' }, { variables: { WORD: 'given' } });
    assert.deepEqual(
      (await suite.released(step)).map(({ name }) => name),
      ['app'],
    );
    assert.match(step.log, /\] {3}word-GIVEN$/m);
    assert.equal(existsSync(path.join(suite.sources, 'never.tar')), false);
    suite.write({ 'docker-bake.hcl': 'target "app" {\n  context = \n}' });
    const wrong = await suite.build({ components: 'docker-bake.hcl' });
    assert.match(wrong.message, /The bake file \S+docker-bake\.hcl cannot be used: [^]*docker-bake\.hcl:2/);
  });

  it('build some images on one agent and the others on another, and join them to one release', async () => {
    suite.write({
      'components.yml':
        "components:\n  - { name: base, context: app, publish: false }\n  - { name: one, context: x, contexts: { base: 'target:base' } }\n  - { name: two, context: x, contexts: { base: 'target:base' } }\n",
      'x/Dockerfile': 'FROM base\nRUN true\n',
    });
    const parts = await Promise.all(['one', 'two'].map((select) => suite.build({ select })));
    const names = await Promise.all(
      parts.map(async (part) => (await suite.released(part)).map(({ name }) => name)),
    );
    assert.deepEqual(names, [['one'], ['two']]);
    const joined = await suite.build({
      action: 'join',
      releaseManifests: parts.map((part) => part.releaseManifest).join('\n'),
    });
    assert.deepEqual((await suite.released(joined)).map(({ name }) => name).sort(), ['one', 'two']);
    assert.match(joined.outputs.digest_one ?? '', /^sha256:/);
    const again = await suite.build({
      action: 'join',
      releaseManifests: `${parts[0]?.releaseManifest ?? ''}\n/no/such.json`,
    });
    assert.equal((await suite.released(again)).length, 1);
    const none = await suite.build({ action: 'join', releaseManifests: '/no/such*.json' });
    assert.match(
      none.message,
      /'releaseManifests': found "\/no\/such\*\.json".*some release manifest matches/,
    );
  });

  it('hand secrets to a build that no layer, argument or log has', async () => {
    const secret = `s3cret-${suite.nonce}-value`;
    suite.write({
      'app/Dockerfile': `FROM debian:bookworm-slim\nRUN --mount=type=secret,id=token wc -c /run/secrets/token # ${suite.nonce}\n`,
      'components.yml': 'components: [{ name: app, context: app, secrets: [token] }]\n',
    });
    const step = await suite.build(
      { buildSecrets: 'token=$(token)', provenance: 'max' },
      { secrets: { token: secret } },
    );
    const [app] = await suite.released(step);
    const published = await metadataOf(suite.registry, `${suite.prefix}/app`, app?.index ?? '');
    assert.match(published, /slsa/);
    assert.ok(!published.includes(secret), 'no attestation has it');
    assert.match(step.log, new RegExp(`\\]   ${secret.length} /run/secrets/token`));
    assert.ok(!textOfFiles(step.run).includes(secret) && !step.log.includes(secret), 'it is masked');
    const missing = await suite.build();
    assert.match(missing.message, /'buildSecrets'.*the component 'app' asks for the secret 'token'/);
  });

  it('build for several platforms', async () => {
    suite.write({ 'app/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /$TARGETARCH\n' });
    const [app] = await suite.release({ platforms: 'linux/amd64,linux/arm64' });
    assert.deepEqual(app?.platforms.toSorted(), ['linux/amd64', 'linux/arm64']);
    const index = await manifestOf(suite.registry, `${suite.prefix}/app`, app.digest);
    const architectures = index.manifests?.map(({ platform }) => platform?.architecture).sort();
    assert.deepEqual(architectures, ['amd64', 'arm64', 'unknown', 'unknown']);
  });

  it('attach provenance and SBOM, and label an image with its sources', async () => {
    // A generator as BuildKit starts it: github.com/moby/buildkit/blob/master/docs/attestations/sbom-protocol.md
    const script =
      '#!/bin/busybox sh\necho \'{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"name":"made-by-test"}}\' >"$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"\n';
    const files = { 'bin/busybox': readFileSync('/bin/busybox'), 'bin/scan': script };
    const digest = await pushImage(suite.registry, `${suite.prefix}/scanner`, files, 'linux/amd64', [
      '/bin/scan',
    ]);
    const [app] = await suite.released(
      await suite.build({ sbom: `${suite.environment.registryHost}/${suite.prefix}/scanner@${digest}` }),
    );
    const registry = suite.registry;
    const index = await manifestOf(registry, `${suite.prefix}/app`, app?.index ?? '');
    const attestation = index.manifests?.find(({ platform }) => platform?.os === 'unknown');
    const { layers = [] } = await manifestOf(registry, `${suite.prefix}/app`, attestation?.digest ?? '');
    const types = layers.map(({ annotations }) => annotations?.['in-toto.io/predicate-type']);
    assert.deepEqual(types.sort(), ['https://slsa.dev/provenance/v0.2', 'https://spdx.dev/Document']);
    assert.match(JSON.stringify(index.annotations), /image\.revision":"0123456789/);
    assert.deepEqual(
      (await manifestOf(registry, `${suite.prefix}/app`, app?.digest ?? '')).config?.labels?.[
        'org.opencontainers.image.source'
      ],
      'https://example.org/langflow.git',
    );
  });

  it('give the same digest for the same commit on another builder, and another for a changed component alone', async () => {
    suite.write({
      'components.yml': 'components: [{ name: app, context: app }, { name: web, context: web }]\n',
      'web/Dockerfile': 'FROM scratch\nCOPY page /\n',
      'web/page': 'one',
    });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: suite.sources });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message=one');
    const digests = async (builder: string) => {
      const components = await suite.release({ reproducible: 'true', cache: 'none', builder });
      return Object.fromEntries(components.map(({ name, digest }) => [name, digest]));
    };
    const first = await digests((await suite.freshBuilder()).address);
    assert.deepEqual(await digests((await suite.freshBuilder()).address), first);
    suite.write({ 'web/page': 'two' });
    git('commit', '--quiet', '--all', '--message=two');
    const second = await digests((await suite.freshBuilder()).address);
    assert.equal(second.app, first.app);
    assert.notEqual(second.web, first.web);
  });

  it('write OCI layouts in place of a push', async () => {
    const step = await suite.build({
      push: 'false',
      withoutPush: 'layout',
      layoutDirectory: path.join(suite.folder, `layouts-${suite.nonce}`),
    });
    assert.equal(step.result, 'Succeeded', step.message);
    const index = JSON.parse(
      readFileSync(path.join(suite.folder, `layouts-${suite.nonce}`, 'app/index.json'), 'utf8'),
    ) as { manifests: unknown[] };
    assert.equal(index.manifests.length, 1);
    assert.equal(await suite.pushed('7'), undefined);
  });

  it('load images into the Docker engine', async () => {
    const image = `${suite.environment.registryHost}/${suite.prefix}/app:7`;
    const step = await suite.build({ push: 'false', withoutPush: 'load' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(execFileSync('docker', ['image', 'inspect', image], { encoding: 'utf8' }), /"linux"/);
    execFileSync('docker', ['image', 'rm', image]);
  });
});
