import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  loginProgramOf,
  parseKubeConfig,
  replaceUser,
} from '../../../../tasks/common/connections/kubeconfig';
import { asksForEntraToken } from '../../../../tasks/common/connections/entraLogin';
import { connect } from '../../../../tasks/common/kubernetes/cluster';
import { printedBy, setConnection } from '../../support/agent';

function kubeconfig(user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://c:6443' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

describe('parseKubeConfig', () => {
  it('masks what is secret in it, and no more', async () => {
    // That no other test has had masked.
    const [token, line] = [randomUUID(), randomUUID()];
    const key = `-----BEGIN KEY-----\n${line}\n-----END KEY-----\n`;
    const user = { token, 'client-key-data': Buffer.from(key).toString('base64') };
    const printed = await printedBy(() => parseKubeConfig(kubeconfig(user), 'The kubeconfig'));
    for (const secret of [token, line, user['client-key-data']])
      assert.ok(printed.includes(`##vso[task.setsecret]${secret}`), secret);
    assert.doesNotMatch(printed, /setsecret\].*(Config|https)/);
  });
});

describe('a program of the kubeconfig that logs in', () => {
  const programs: [object, string | undefined, boolean][] = [
    [{ token: 't' }, undefined, false],
    [{ exec: { command: 'kubelogin' } }, 'kubelogin', true],
    [{ exec: { command: '/usr/bin/kubelogin' } }, '/usr/bin/kubelogin', true],
    [{ exec: { command: 'C:\\tools\\kubelogin.exe' } }, 'C:\\tools\\kubelogin.exe', true],
    [{ exec: { command: 'my-kubelogin' } }, 'my-kubelogin', false],
    [{ exec: { command: 'aws' } }, 'aws', false],
    [{ exec: {} }, 'exec', false],
    [{ 'auth-provider': { name: 'azure' } }, 'azure', true],
    [{ 'auth-provider': { name: 'gcp' } }, 'gcp', false],
  ];
  for (const [user, program, entra] of programs) {
    it(`is ${program ?? 'none'} of ${JSON.stringify(user)}`, async () => {
      await printedBy(() => {
        const found = parseKubeConfig(kubeconfig(user), 'x').getCurrentUser();
        assert.equal(loginProgramOf(found), program);
        assert.equal(asksForEntraToken(found), entra);
      });
    });
  }

  it('is not started: the message says what to do in its place', async () => {
    const message = async (user: object): Promise<string> => {
      setConnection('programs', { scheme: 'Kubernetes', parameters: { kubeconfig: kubeconfig(user) } });
      let text = '';
      await printedBy(async () => {
        await connect({ kind: 'kubernetes', connection: 'programs' }, 'n').catch((error: unknown) => {
          text = String(error);
        });
      });
      return text;
    };
    assert.match(
      await message({ exec: { command: 'kubelogin' } }),
      /'kubelogin', which is not started here.*'azureSubscription'/,
    );
    assert.match(
      await message({ exec: { command: 'aws' } }),
      /'aws', which is not started here.*certificate or token/,
    );
    assert.equal(await message({ token: 't' }), '');
  });

  it('is replaced by another user', async () => {
    await printedBy(() => {
      const config = parseKubeConfig(kubeconfig({ exec: { command: 'kubelogin' } }), 'x');
      replaceUser(config, { name: 'other', token: 't' });
      assert.deepEqual(config.getCurrentUser(), { name: 'u', token: 't' });
    });
  });
});
