import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readInputs, type BuildInputs } from '../../../tasks/LangflowBuild/inputs';
import { printedBy, setConnection, setInputs } from '../support/agent';
import { COMMIT } from './samples';

const TASK = path.resolve(import.meta.dirname, '../../../tasks/LangflowBuild/task.json');
const { inputs: declared } = JSON.parse(readFileSync(TASK, 'utf8')) as {
  inputs: { name: string; defaultValue: string }[];
};

describe('the inputs of LangflowBuild', () => {
  const variables = [
    'SYSTEM_DEFAULTWORKINGDIRECTORY',
    'BUILD_SOURCEVERSION',
    'BUILD_SOURCEBRANCH',
    'AGENT_CAINFO',
  ];
  const former = { ...process.env };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'inputs-'));
    mkdirSync(path.join(folder, 'app'));
    writeFileSync(path.join(folder, 'app/Dockerfile'), 'FROM scratch\n');
    writeFileSync(path.join(folder, 'docker-bake.hcl'), '');
    Reflect.deleteProperty(process.env, 'AGENT_CAINFO');
    Object.assign(process.env, {
      SYSTEM_DEFAULTWORKINGDIRECTORY: folder,
      BUILD_SOURCEVERSION: COMMIT,
      BUILD_SOURCEBRANCH: 'refs/heads/main',
    });
    setConnection('build-acr', {
      scheme: 'UsernamePassword',
      parameters: { registry: 'contoso.azurecr.io', username: 'ci', password: 's3cret' },
    });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    setInputs(Object.fromEntries(declared.map(({ name }) => [name, ''])));
    for (const name of variables) {
      const value = former[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  /** As the agent hands them over: the defaults of task.json with the given ones over them. */
  async function read(given: Record<string, string> = {}): Promise<BuildInputs> {
    setInputs({
      ...Object.fromEntries(
        declared.map(({ name, defaultValue }) => [name, defaultValue.replace(/\$\([^)]*\)/g, '7')]),
      ),
      containerRegistry: 'build-acr',
      components: 'components: [{ name: app, context: app }]',
      ...given,
    });
    let read: unknown;
    await printedBy(async () => {
      read = await readInputs();
    });
    return read as BuildInputs;
  }

  it('have defaults that fit Langflow', async () => {
    const { bake, builder, select, registries } = await read();
    assert.deepEqual(builder, { kind: 'container', options: [] });
    assert.deepEqual(select, []);
    assert.deepEqual(
      registries.map(({ host }) => host),
      ['contoso.azurecr.io'],
    );
    assert.equal(bake.repositories, 'contoso.azurecr.io/langflow');
    assert.deepEqual(bake.tags, ['7', 'main']);
    assert.deepEqual(
      [bake.output, bake.provenance, bake.sbom, bake.reproducible],
      ['push', 'max', undefined, false],
    );
    assert.deepEqual(
      { ...bake.cache, directory: '' },
      { kind: 'registry', branches: ['main'], write: 'main', directory: '' },
    );
  });

  for (const [what, given, expected] of [
    ['a name', { builder: 'mine' }, { kind: 'existing', name: 'mine' }],
    [
      'an address',
      { builder: 'tcp://b:1', driverOptions: 'cacert=/ca\ncert=/c' },
      { kind: 'remote', address: 'tcp://b:1', options: ['cacert=/ca', 'cert=/c'] },
    ],
    [
      'a cluster',
      { driver: 'kubernetes', driverOptions: 'replicas=3' },
      { kind: 'kubernetes', name: undefined, options: ['replicas=3'], kubeconfig: undefined },
    ],
  ] as const) {
    it(`take ${what} for the builder`, async () => {
      assert.deepEqual((await read(given)).builder, expected);
    });
  }

  it('take an SBOM generator or none, and a bake file for the components', async () => {
    assert.equal((await read({ sbom: 'true' })).bake.sbom, '');
    assert.equal((await read({ sbom: 'docker/scanner:1' })).bake.sbom, 'docker/scanner:1');
    assert.deepEqual((await read({ components: 'docker-bake.hcl' })).components, {
      bakeFile: path.join(folder, 'docker-bake.hcl'),
    });
  });

  it('hand build secrets over in the environment or by file', async () => {
    writeFileSync(path.join(folder, 'npmrc'), 'x');
    const { environment, bake } = await read({ buildSecrets: 'pip=p1p-value\nnpm=file:npmrc' });
    assert.deepEqual(environment, { LANGFLOW_BUILD_SECRET_0: 'p1p-value' });
    assert.deepEqual(bake.secrets, {
      pip: { env: 'LANGFLOW_BUILD_SECRET_0' },
      npm: { file: path.join(folder, 'npmrc') },
    });
  });

  it('to join need nothing of a build', async () => {
    const inputs: unknown = await read({
      action: 'join',
      releaseManifests: 'a/release.json\nb/*.json',
      components: '',
      containerRegistry: '',
    });
    assert.deepEqual((inputs as { parts: string[] }).parts, ['a/release.json', 'b/*.json']);
  });

  for (const [given, message] of [
    [{ action: 'join' }, /'releaseManifests': it is empty; accepted is paths or patterns/],
    [{ platforms: 'amd64' }, /'platforms': found "amd64"; accepted is platforms such as linux\/amd64/],
    [{ sbom: 'yes' }, /'sbom': found "yes"; accepted is 'true', 'false', or the image/],
    [
      { builder: 'mine', driverOptions: 'a=b' },
      /'driverOptions': found "a=b"; accepted is nothing, since the builder 'mine' exists/,
    ],
    [{ buildSecrets: 'hunter2' }, /'buildSecrets': found "line 1"; accepted is a line id=value/],
    [{ buildSecrets: 'pip=$(pipToken)' }, /There is no such pipeline variable/],
    [{ buildSecrets: 'pip=file:none' }, /none does not exist/],
    [
      { components: 'components: [{ name: app, context: app, secrets: [pip] }]' },
      /'buildSecrets'.*asks for the secret 'pip'/,
    ],
    [
      { components: 'none-bake.json' },
      /'components': found "none-bake\.json"; accepted is the path of a bake file that exists/,
    ],
    [{ repositoryPrefix: 'Team' }, /'repositoryPrefix': found "Team"/],
    [{ tags: '' }, /'tags': it is empty/],
    [{ caBundle: 'none.pem' }, /'caBundle': found .*none\.pem/],
  ] as const) {
    it(`refuse ${JSON.stringify(given)}`, async () => {
      await assert.rejects(read(given), { message });
    });
  }
});
