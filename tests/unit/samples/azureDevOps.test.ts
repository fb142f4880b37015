import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Settings } from '../../../samples/infra/azure-devops/settings';
import { Harness, PASSWORD, SECRETS } from './azureDevOps/harness';

const isApproval = ({ type }: Record<string, unknown>): boolean =>
  (type as { name: string }).name === 'Approval';

describe('samples/infra/azure-devops', () => {
  let harness: Harness;

  beforeEach(async () => {
    harness = new Harness();
    await harness.start();
  });
  afterEach(() => harness.stop());

  it('makes everything at the first run and nothing at the second', async () => {
    const first = await harness.run(['--apply']);
    assert.equal(first.code, 0, first.text);
    assert.match(first.text, /21 changes made\./);
    assert.deepEqual(
      harness.server.endpoints.map(({ name }) => name),
      ['langflow-github', 'langflow-azure', 'langflow-acr', 'langflow-aks'],
    );
    assert.equal(harness.server.project?.visibility, 'private');
    assert.deepEqual(
      harness.server.environments.map(({ name }) => name),
      ['dev', 'staging', 'production'],
    );
    assert.deepEqual(
      harness.server.checks.map(({ type, resource }) => [
        (type as { name: string }).name,
        (resource as { name: string }).name,
      ]),
      [
        ['Task Check', 'staging'],
        ['Approval', 'production'],
        ['Task Check', 'production'],
      ],
    );
    assert.deepEqual(harness.server.groups[0]?.variables, {
      builder: { value: '' },
      vulnerabilityDatabase: { value: '' },
      keyVault: { value: 'langflowproduction' },
      namespace: { value: 'langflow' },
      superuserPassword: { value: PASSWORD, isSecret: true },
    });
    assert.deepEqual(harness.server.definitions[0]?.process, {
      type: 2,
      yamlFilename: 'samples/azure-pipelines.yml',
    });
    assert.equal(harness.server.permissions.size, 8);

    harness.server.calls.length = 0;
    // Not even the secrets are needed any more.
    const second = await harness.run(['--apply'], { environment: {} });
    assert.equal(second.code, 0, second.text);
    assert.match(second.text, /Nothing to do\./);
    assert.deepEqual(harness.server.writes, []);
  });

  it('waits until the project is there', async () => {
    await harness.applied();
    assert.deepEqual(harness.slept, [2000, 2000]);
  });

  it('writes nothing in a dry run', async () => {
    const { code, text } = await harness.run([], { environment: {} });
    assert.equal(code, 0, text);
    assert.match(text, /\+ create service connection langflow-azure/);
    assert.match(text, /needs the environment variable LANGFLOW_SUPERUSER_PASSWORD/);
    assert.match(text, /Dry run: 21 changes to make\. Nothing was changed/);
    assert.deepEqual(harness.server.writes, []);
  });

  it('shows drift, mends it, and leaves alone what others added', async () => {
    await harness.applied();
    const group = harness.server.groups[0];
    const azure = harness.server.endpoints.find(({ name }) => name === 'langflow-azure');
    const definition = harness.server.definitions[0];
    assert.ok(group && azure && definition);
    group.variables.namespace = { value: 'elsewhere' };
    group.variables.ofOthers = { value: 'kept' };
    group.variables.secretOfOthers = { value: 'hidden', isSecret: true };
    azure.data = { ...(azure.data as object), subscriptionId: 'another' };
    definition.process = { type: 2, yamlFilename: '/old.yml' };
    definition.variables = { ofOthers: { value: 'kept' } };
    for (const check of harness.server.checks) {
      const settings = check.settings as {
        inputs?: { allowedBranches: string };
        requesterCannotBeApprover?: boolean;
      };
      if (settings.inputs) settings.inputs.allowedBranches = '*';
      else settings.requesterCannotBeApprover = false;
    }
    harness.server.permissions.set(`endpoint/${azure.id}`, {
      allPipelines: { authorized: true },
      pipelines: [],
    });

    const dry = await harness.run([], { environment: {} });
    assert.equal(dry.code, 0, dry.text);
    assert.deepEqual(harness.server.writes, []);
    for (const line of [
      'namespace: "elsewhere" → "langflow"',
      'data.subscriptionId: "another" → "00000000-0000-0000-0000-000000000000"',
      'yaml: "old.yml" → "samples/azure-pipelines.yml"',
      'settings.inputs.allowedBranches: "*" → "refs/heads/main"',
      'settings.requesterCannotBeApprover: false → true',
      'open to every pipeline: true → false',
    ]) {
      assert.ok(dry.text.includes(line), `${line}\n${dry.text}`);
    }
    assert.match(dry.text, /Dry run: 7 changes/);

    const mended = await harness.run(['--apply'], { environment: {} });
    assert.equal(mended.code, 0, mended.text);
    assert.equal(harness.server.writes.length, 7);
    assert.equal(group.variables.ofOthers.value, 'kept');
    assert.equal(group.variables.secretOfOthers.value, 'hidden');
    assert.equal(group.variables.superuserPassword?.value, PASSWORD);
    assert.deepEqual(definition.variables, { ofOthers: { value: 'kept' } });
    assert.match((await harness.run([], { environment: {} })).text, /Nothing to do\./);
  });

  it('makes a check that somebody took away, or switched off', async () => {
    await harness.applied();
    const { checks } = harness.server;
    checks.splice(checks.findIndex(isApproval), 1);
    Object.assign(checks.at(-1) ?? {}, { isDisabled: true });
    const { text } = await harness.run(['--apply']);
    assert.match(text, /\+ create approval of production/);
    assert.match(text, /isDisabled: true → false/);
    assert.match((await harness.run([])).text, /Nothing to do\./);
  });

  it('changes the description of a project', async () => {
    await harness.applied();
    await harness.run(['--apply'], { settings: (text) => text.replace('Langflow on AKS', 'Another') });
    assert.equal(harness.server.project?.description, 'Another');
  });

  it('accepts a GitHub connection of the Azure Pipelines app', async () => {
    await harness.applied();
    Object.assign(harness.server.endpoints[0] ?? {}, {
      authorization: { scheme: 'InstallationToken', parameters: {} },
    });
    assert.match((await harness.run([], { environment: {} })).text, /Nothing to do\./);
  });

  it('sets secrets anew when told to', async () => {
    await harness.applied();
    const { code, text } = await harness.run(['--apply', '--set-secrets'], {
      environment: { ...SECRETS, LANGFLOW_SUPERUSER_PASSWORD: 'another one' },
    });
    assert.equal(code, 0, text);
    assert.equal(harness.server.groups[0]?.variables.superuserPassword?.value, 'another one');
    assert.deepEqual(
      harness.server.writes.map(({ method }) => method),
      ['PUT', 'PUT', 'PUT'],
    );
    assert.doesNotMatch(text, /another one/);
  });

  it('hides a password that stands there in the clear', async () => {
    await harness.applied();
    const group = harness.server.groups[0];
    assert.ok(group);
    group.variables.superuserPassword = { value: 'visible to all' };
    const { text } = await harness.run(['--apply']);
    assert.doesNotMatch(text, /visible to all/);
    assert.deepEqual(group.variables.superuserPassword, { value: PASSWORD, isSecret: true });
  });

  it('never prints a secret, not even one that an answer repeats', async () => {
    harness.server.forbidden = /variablegroups/;
    const { code, text } = await harness.run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /lacks a right: POST .*variablegroups.*: TF400813/);
    for (const secret of [...Object.values(SECRETS), harness.server.token, 'token-of-kubernetes', 'horse']) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  it('says how many of several approvers have to approve', async () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000002';
    harness.server.identities.push({ id, providerDisplayName: 'Ada', isActive: true });
    await harness.applied();
    const { text } = await harness.run(['--apply'], {
      settings: (yaml) => yaml.replace("approvers']", `approvers', ${id}]`),
    });
    assert.match(text, /settings\.minRequiredApprovers: absent → 1/);
    assert.equal(
      (harness.server.checks.find(isApproval)?.settings as { approvers: unknown[] }).approvers.length,
      2,
    );
  });

  it('does without Kubernetes when the settings do', async () => {
    const { code, text } = await harness.run(['--apply'], {
      settings: (yaml) => yaml.replace(/kubernetes:\n( {2}.*\n)+/, ''),
      environment: { ...SECRETS, LANGFLOW_AKS_TOKEN: undefined, LANGFLOW_AKS_CA: undefined },
    });
    assert.equal(code, 0, text);
    assert.match(text, /19 changes made/);
    assert.ok(!harness.server.endpoints.some(({ name }) => name === 'langflow-aks'));
  });

  it('prints issuer and subject of both connections for Bicep', async () => {
    const { text } = await harness.run(['--apply']);
    const block = (file: string): string => /^param pipelineConnections = \[\n.*?^\]/ms.exec(file)?.[0] ?? '';
    const ours = ['langflow-azure', 'langflow-acr'].reduce(
      (file, name) =>
        file.replace(`replace-with-the-subject-of-${name}`, `/eid1/c/pub/t/tenant/a/app/sc/org/${name}`),
      readFileSync('samples/infra/production.bicepparam', 'utf8').replaceAll(
        '00000000-0000-0000-0000-000000000000/v2.0',
        'tenant/v2.0',
      ),
    );
    assert.notEqual(block(text), '', text);
    assert.equal(block(text), block(ours));
  });

  it('has the names that the sample pipeline uses', () => {
    const pipeline = [
      'azure-pipelines.yml',
      'environments/azure-pipelines.yml',
      'templates/deploy.yml',
      'templates/smoke-test.yml',
    ]
      .map((file) => readFileSync(`samples/${file}`, 'utf8'))
      .join('\n');
    const names = [
      readFileSync('samples/infra/azure-devops/wanted.ts', 'utf8'),
      ...(
        parse(readFileSync('samples/infra/azure-devops/settings.yml', 'utf8')) as Settings
      ).environments.map(({ name }) => `'${name}'`),
    ].join('\n');
    const found = pipeline.matchAll(
      /: (langflow-(?:acr|aks|azure|production)|production|staging|dev)(?![\w-])/g,
    );
    const used = new Set([...found].map(([, name]) => name ?? ''));
    assert.equal(used.size, 7, [...used].join(', '));
    for (const name of used) assert.ok(names.includes(`'${name}'`), name);
  });
});
