import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setUp } from '../../../samples/infra/azure-devops/setUp';
import { AzureDevOpsServer } from './azureDevOpsServer';

const SAMPLE = readFileSync('samples/infra/azure-devops/settings.yml', 'utf8');
const PASSWORD = 'correct horse "battery"';
const SECRETS = {
  AZURE_DEVOPS_EXT_GITHUB_PAT: 'ghp_secretOfGitHub',
  LANGFLOW_AKS_TOKEN: Buffer.from('token-of-kubernetes').toString('base64'),
  LANGFLOW_AKS_CA: Buffer.from('certificate').toString('base64'),
  LANGFLOW_SUPERUSER_PASSWORD: PASSWORD,
};

describe('samples/infra/azure-devops', () => {
  let server: AzureDevOpsServer;
  let folder: string;
  let organization: string;
  let slept: number[];

  beforeEach(async () => {
    server = new AzureDevOpsServer();
    organization = await server.start();
    folder = mkdtempSync(path.join(tmpdir(), 'azure-devops-'));
    slept = [];
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  interface Options {
    settings?: (text: string) => string;
    environment?: NodeJS.ProcessEnv;
  }

  async function run(flags: string[], { settings = (text) => text, environment = SECRETS }: Options = {}) {
    const file = path.join(folder, 'settings.yml');
    writeFileSync(file, settings(SAMPLE.replace('https://dev.azure.com/contoso', organization)));
    const lines: string[] = [];
    let now = 0;
    const code = await setUp([file, ...flags], {
      environment: { AZURE_DEVOPS_EXT_PAT: server.token, ...environment },
      write: (line) => lines.push(line),
      clock: {
        now: () => now,
        sleep: (ms) => {
          slept.push(ms);
          now += ms;
          return Promise.resolve();
        },
      },
    });
    return { code, text: lines.join('\n') };
  }

  async function applied(): Promise<void> {
    const { code, text } = await run(['--apply']);
    assert.equal(code, 0, text);
    server.calls.length = 0;
  }

  it('makes everything at the first run and nothing at the second', async () => {
    const first = await run(['--apply']);
    assert.equal(first.code, 0, first.text);
    assert.match(first.text, /16 changes made\./);
    assert.deepEqual(
      server.endpoints.map(({ name }) => name),
      ['langflow-github', 'langflow-azure', 'langflow-acr', 'langflow-aks'],
    );
    assert.equal(server.project?.visibility, 'private');
    assert.equal(server.environments.length, 1);
    assert.equal(server.checks.length, 2);
    assert.deepEqual(server.groups[0]?.variables, {
      builder: { value: '' },
      vulnerabilityDatabase: { value: '' },
      keyVault: { value: 'langflowproduction' },
      namespace: { value: 'langflow' },
      superuserPassword: { value: PASSWORD, isSecret: true },
    });
    assert.deepEqual(server.definitions[0]?.process, {
      type: 2,
      yamlFilename: 'samples/azure-pipelines.yml',
    });
    assert.equal(server.permissions.size, 6);

    server.calls.length = 0;
    // Not even the secrets are needed any more.
    const second = await run(['--apply'], { environment: {} });
    assert.equal(second.code, 0, second.text);
    assert.match(second.text, /Nothing to do\./);
    assert.deepEqual(server.writes, []);
  });

  it('waits until the project is there', async () => {
    await applied();
    assert.deepEqual(slept, [2000, 2000]);
  });

  it('says why a project could not be made, and makes nothing in it', async () => {
    server.failProject = 'TF400750: too many projects.';
    const { code, text } = await run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /failed\. TF400750: too many projects\./);
    assert.equal(server.writes.length, 1);
  });

  it('gives up on a project that never gets ready', async () => {
    server.polls = 100_000;
    const { code, text } = await run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /not ready after 5 minutes \(inProgress\)/);
  });

  it('writes nothing in a dry run', async () => {
    const { code, text } = await run([], { environment: {} });
    assert.equal(code, 0, text);
    assert.match(text, /\+ create service connection langflow-azure/);
    assert.match(text, /needs the environment variable LANGFLOW_SUPERUSER_PASSWORD/);
    assert.match(text, /Dry run: 16 changes to make\. Nothing was changed/);
    assert.deepEqual(server.writes, []);
  });

  it('changes nothing while a secret is missing', async () => {
    const { code, text } = await run(['--apply'], { environment: {} });
    assert.equal(code, 1);
    assert.match(
      text,
      /Nothing was changed: set AZURE_DEVOPS_EXT_GITHUB_PAT, LANGFLOW_AKS_TOKEN, LANGFLOW_AKS_CA, LANGFLOW_SUPERUSER_PASSWORD/,
    );
    assert.deepEqual(server.writes, []);
  });

  it('shows drift, mends it, and leaves alone what others added', async () => {
    await applied();
    const group = server.groups[0];
    const azure = server.endpoints.find(({ name }) => name === 'langflow-azure');
    const definition = server.definitions[0];
    assert.ok(group && azure && definition);
    group.variables.namespace = { value: 'elsewhere' };
    group.variables.ofOthers = { value: 'kept' };
    group.variables.secretOfOthers = { value: 'hidden', isSecret: true };
    azure.data = { ...(azure.data as object), subscriptionId: 'another' };
    definition.process = { type: 2, yamlFilename: '/old.yml' };
    definition.variables = { ofOthers: { value: 'kept' } };
    for (const check of server.checks) {
      const settings = check.settings as {
        inputs?: { allowedBranches: string };
        requesterCannotBeApprover?: boolean;
      };
      if (settings.inputs) settings.inputs.allowedBranches = '*';
      else settings.requesterCannotBeApprover = false;
    }
    server.permissions.set(`endpoint/${azure.id}`, { allPipelines: { authorized: true }, pipelines: [] });

    const dry = await run([], { environment: {} });
    assert.equal(dry.code, 0, dry.text);
    assert.deepEqual(server.writes, []);
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
    assert.match(dry.text, /Dry run: 6 changes/);

    const mended = await run(['--apply'], { environment: {} });
    assert.equal(mended.code, 0, mended.text);
    assert.equal(server.writes.length, 6);
    assert.equal(group.variables.ofOthers.value, 'kept');
    assert.equal(group.variables.secretOfOthers.value, 'hidden');
    assert.equal(group.variables.superuserPassword?.value, PASSWORD);
    assert.deepEqual(definition.variables, { ofOthers: { value: 'kept' } });
    assert.match((await run([], { environment: {} })).text, /Nothing to do\./);
  });

  it('makes a check that somebody took away, or switched off', async () => {
    await applied();
    server.checks.shift();
    Object.assign(server.checks[0] ?? {}, { isDisabled: true });
    const { text } = await run(['--apply']);
    assert.match(text, /\+ create approval of production/);
    assert.match(text, /isDisabled: true → false/);
    assert.match((await run([])).text, /Nothing to do\./);
  });

  it('changes the description of a project', async () => {
    await applied();
    await run(['--apply'], { settings: (text) => text.replace('Langflow on AKS', 'Another') });
    assert.equal(server.project?.description, 'Another');
  });

  it('accepts a GitHub connection of the Azure Pipelines app', async () => {
    await applied();
    Object.assign(server.endpoints[0] ?? {}, {
      authorization: { scheme: 'InstallationToken', parameters: {} },
    });
    assert.match((await run([], { environment: {} })).text, /Nothing to do\./);
  });

  it('sets secrets anew when told to', async () => {
    await applied();
    const { code, text } = await run(['--apply', '--set-secrets'], {
      environment: { ...SECRETS, LANGFLOW_SUPERUSER_PASSWORD: 'another one' },
    });
    assert.equal(code, 0, text);
    assert.equal(server.groups[0]?.variables.superuserPassword?.value, 'another one');
    assert.deepEqual(
      server.writes.map(({ method }) => method),
      ['PUT', 'PUT', 'PUT'],
    );
    assert.doesNotMatch(text, /another one/);
  });

  it('hides a password that stands there in the clear', async () => {
    await applied();
    const group = server.groups[0];
    assert.ok(group);
    group.variables.superuserPassword = { value: 'visible to all' };
    const { text } = await run(['--apply']);
    assert.doesNotMatch(text, /visible to all/);
    assert.deepEqual(group.variables.superuserPassword, { value: PASSWORD, isSecret: true });
  });

  it('never prints a secret, not even one that an answer repeats', async () => {
    server.forbidden = /variablegroups/;
    const { code, text } = await run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /lacks a right: POST .*variablegroups.*: TF400813/);
    for (const secret of [...Object.values(SECRETS), server.token, 'token-of-kubernetes', 'horse']) {
      if (secret !== SECRETS.LANGFLOW_AKS_CA) assert.ok(!text.includes(secret), secret);
    }
  });

  it('goes on after a missing right was given', async () => {
    server.forbidden = /checks/;
    assert.match((await run(['--apply'])).text, /approval of production: .*\(6 changes of 16 made before/);
    server.forbidden = undefined;
    assert.match((await run(['--apply'])).text, /10 changes made\./);
  });

  for (const [what, reply] of [
    ['a redirect to the sign-in page', { status: 302, headers: { Location: '/_signin' } }],
    ['a sign-in page', { status: 203, body: '<html>Sign in</html>' }],
    ['401', { status: 401 }],
  ] as const) {
    it(`says that the token is wrong after ${what}`, async () => {
      server.interruptions.push(reply);
      const { code, text } = await run([]);
      assert.equal(code, 1);
      assert.match(text, new RegExp(`does not accept the token \\(${reply.status}\\)`));
    });
  }

  it('waits as long as a throttled answer says', async () => {
    server.interruptions.push({ status: 429, headers: { 'Retry-After': '7' } }, { status: 503 });
    const { code, text } = await run([]);
    assert.equal(code, 0, text);
    assert.deepEqual(slept, [7000, 4000]);
  });

  it('does not wait for ever', async () => {
    server.interruptions.push(
      ...Array.from({ length: 5 }, () => ({ status: 503, body: { message: 'busy' } })),
    );
    const { code, text } = await run([]);
    assert.equal(code, 1);
    assert.match(text, /503 busy/);
  });

  it('wants a token', async () => {
    const { code, text } = await run([], { environment: { AZURE_DEVOPS_EXT_PAT: undefined } });
    assert.equal(code, 1);
    assert.match(text, /There is no token\. Set AZURE_DEVOPS_EXT_PAT/);
  });

  it('says how many of several approvers have to approve', async () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000002';
    server.identities.push({ id, providerDisplayName: 'Ada', isActive: true });
    await applied();
    const { text } = await run(['--apply'], {
      settings: (yaml) => yaml.replace("approvers']", `approvers', ${id}]`),
    });
    assert.match(text, /settings\.minRequiredApprovers: absent → 1/);
    assert.equal((server.checks[0]?.settings as { approvers: unknown[] }).approvers.length, 2);
  });

  it('refuses an approver that Azure DevOps does not know, or knows twice', async () => {
    const [identity] = server.identities;
    assert.ok(identity);
    server.identities.push({ ...identity, id: 'aaaaaaaa-0000-4000-8000-000000000002' });
    assert.match((await run(['--apply'])).text, /is the name of 2 identities/);
    server.identities.length = 0;
    assert.match((await run(['--apply'])).text, /knows no active identity '\[contoso\]\\Langflow approvers'/);
    assert.deepEqual(server.writes, []);
  });

  it('does without Kubernetes when the settings do', async () => {
    const { code, text } = await run(['--apply'], {
      settings: (yaml) => yaml.replace(/kubernetes:\n(  .*\n)+/, ''),
      environment: { ...SECRETS, LANGFLOW_AKS_TOKEN: undefined, LANGFLOW_AKS_CA: undefined },
    });
    assert.equal(code, 0, text);
    assert.match(text, /14 changes made/);
    assert.ok(!server.endpoints.some(({ name }) => name === 'langflow-aks'));
  });

  it('prints issuer and subject for Bicep', async () => {
    const { text } = await run(['--apply']);
    assert.ok(text.includes("param pipelineIssuer = 'https://login.microsoftonline.com/tenant/v2.0'"), text);
    assert.ok(
      text.includes("param pipelineSubject = '/eid1/c/pub/t/tenant/a/app/sc/org/langflow-azure'"),
      text,
    );
    assert.ok(text.includes("--subject '/eid1/c/pub/t/tenant/a/app/sc/org/langflow-acr'"), text);
    const bicep = readFileSync('samples/infra/main.bicep', 'utf8');
    for (const name of ['pipelineIssuer', 'pipelineSubject'])
      assert.match(bicep, new RegExp(`^param ${name} string`, 'm'));
  });

  for (const [what, change, message] of [
    [
      'an unknown key',
      ['  repository: contoso', '  repositry: contoso'],
      /settings\.yml, line \d+, .*'repositry'.*Did you mean 'repository'/,
    ],
    [
      'clear text',
      ['organization: http', 'organization: http://dev.azure.com/contoso #'],
      /line 2, .*organization is .*https/,
    ],
    [
      'a short branch',
      ['[refs/heads/main]', '[main]'],
      /branchControl\.allowedBranches\[0\] is "main"; accepted is a full ref/,
    ],
    [
      'too few approvers',
      ['minimum: 1', 'minimum: 2'],
      /line \d+, .*approval\.minimum is 2, but there is 1 approver:/,
    ],
    ['no YAML', ['project:', 'project: ]'], /not valid YAML/],
  ] as const) {
    it(`names file and line of ${what}`, async () => {
      const { code, text } = await run(['--apply'], {
        settings: (yaml) => yaml.replace(change[0], change[1]),
      });
      assert.equal(code, 1);
      assert.match(text, message);
      assert.deepEqual(server.calls, []);
    });
  }

  it('has the names that the sample pipeline uses', () => {
    const pipeline = readFileSync('samples/azure-pipelines.yml', 'utf8');
    const names = readFileSync('samples/infra/azure-devops/wanted.ts', 'utf8');
    const used = [...pipeline.matchAll(/: (langflow-(?:acr|aks|azure|production)|production)$/gm)].map(
      ([, name]) => name,
    );
    assert.equal(new Set(used).size, 5);
    for (const name of used) assert.ok(names.includes(`'${name ?? ''}'`), name);
  });
});
