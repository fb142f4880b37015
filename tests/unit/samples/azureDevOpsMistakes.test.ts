import assert from 'node:assert/strict';
import { Harness } from './azureDevOps/harness';

describe('samples/infra/azure-devops: what goes wrong', () => {
  let harness: Harness;

  beforeEach(async () => {
    harness = new Harness();
    await harness.start();
  });
  afterEach(() => harness.stop());

  it('says why a project could not be made, and makes nothing in it', async () => {
    harness.server.failProject = 'TF400750: too many projects.';
    const { code, text } = await harness.run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /failed\. TF400750: too many projects\./);
    assert.equal(harness.server.writes.length, 1);
  });

  it('gives up on a project that never gets ready', async () => {
    harness.server.polls = 100_000;
    const { code, text } = await harness.run(['--apply']);
    assert.equal(code, 1);
    assert.match(text, /not ready after 5 minutes \(inProgress\)/);
  });

  it('changes nothing while a secret is missing', async () => {
    const { code, text } = await harness.run(['--apply'], { environment: {} });
    assert.equal(code, 1);
    assert.match(
      text,
      /Nothing was changed: set AZURE_DEVOPS_EXT_GITHUB_PAT, LANGFLOW_AKS_TOKEN, LANGFLOW_AKS_CA, LANGFLOW_SUPERUSER_PASSWORD/,
    );
    assert.deepEqual(harness.server.writes, []);
  });

  it('goes on after a missing right was given', async () => {
    harness.server.forbidden = /checks/;
    assert.match(
      (await harness.run(['--apply'])).text,
      /branch control of staging: .*\(7 changes of 21 made before/,
    );
    harness.server.forbidden = undefined;
    assert.match((await harness.run(['--apply'])).text, /14 changes made\./);
  });

  for (const [what, reply] of [
    ['a redirect to the sign-in page', { status: 302, headers: { Location: '/_signin' } }],
    ['a sign-in page', { status: 203, body: '<html>Sign in</html>' }],
    ['401', { status: 401 }],
  ] as const) {
    it(`says that the token is wrong after ${what}`, async () => {
      harness.server.interruptions.push(reply);
      const { code, text } = await harness.run([]);
      assert.equal(code, 1);
      assert.match(text, new RegExp(`does not accept the token \\(${reply.status}\\)`));
    });
  }

  it('waits as long as a throttled answer says', async () => {
    harness.server.interruptions.push({ status: 429, headers: { 'Retry-After': '7' } }, { status: 503 });
    const { code, text } = await harness.run([]);
    assert.equal(code, 0, text);
    assert.deepEqual(harness.slept, [7000, 4000]);
  });

  it('does not wait for ever', async () => {
    harness.server.interruptions.push(
      ...Array.from({ length: 5 }, () => ({ status: 503, body: { message: 'busy' } })),
    );
    const { code, text } = await harness.run([]);
    assert.equal(code, 1);
    assert.match(text, /503 busy/);
  });

  it('wants a token', async () => {
    const { code, text } = await harness.run([], { environment: { AZURE_DEVOPS_EXT_PAT: undefined } });
    assert.equal(code, 1);
    assert.match(text, /There is no token\. Set AZURE_DEVOPS_EXT_PAT/);
  });

  it('refuses an approver that Azure DevOps does not know, or knows twice', async () => {
    const [identity] = harness.server.identities;
    assert.ok(identity);
    harness.server.identities.push({ ...identity, id: 'aaaaaaaa-0000-4000-8000-000000000002' });
    assert.match((await harness.run(['--apply'])).text, /is the name of 2 identities/);
    harness.server.identities.length = 0;
    assert.match(
      (await harness.run(['--apply'])).text,
      /knows no active identity '\[contoso\]\\Langflow approvers'/,
    );
    assert.deepEqual(harness.server.writes, []);
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
    [
      'a check that there is not',
      ['[branchControl]', '[businessHours]'],
      /environments\[1\]\.checks\[0\] is "businessHours"; accepted are approval, branchControl/,
    ],
    ['no YAML', ['project:', 'project: ]'], /not valid YAML/],
  ] as const) {
    it(`names file and line of ${what}`, async () => {
      const { code, text } = await harness.run(['--apply'], {
        settings: (yaml) => yaml.replace(change[0], change[1]),
      });
      assert.equal(code, 1);
      assert.match(text, message);
      assert.deepEqual(harness.server.calls, []);
    });
  }
});
