import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readInputs, type DeploySettings, type Settings } from '../../../tasks/LangflowDeploy/inputs';
import { printedBy, setInputs } from '../support/agent';

const TASK = path.resolve(import.meta.dirname, '../../../tasks/LangflowDeploy/task.json');
const { inputs: declared } = JSON.parse(readFileSync(TASK, 'utf8')) as {
  inputs: { name: string; defaultValue: string }[];
};

describe('the inputs of LangflowDeploy', () => {
  const former = process.env.SYSTEM_DEFAULTWORKINGDIRECTORY;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'inputs-'));
    mkdirSync(path.join(folder, 'chart'));
    writeFileSync(path.join(folder, 'production.yaml'), '');
    process.env.SYSTEM_DEFAULTWORKINGDIRECTORY = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    setInputs(Object.fromEntries(declared.map(({ name }) => [name, ''])));
    if (former === undefined) Reflect.deleteProperty(process.env, 'SYSTEM_DEFAULTWORKINGDIRECTORY');
    else process.env.SYSTEM_DEFAULTWORKINGDIRECTORY = former;
  });

  /** As the agent hands them over: the defaults of task.json with the given ones over them. */
  async function read(given: Record<string, string> = {}): Promise<DeploySettings> {
    setInputs({
      ...Object.fromEntries(
        declared.map(({ name, defaultValue }) => [name, defaultValue.replace(/\$\([^)]*\)/g, '7')]),
      ),
      kubernetesServiceConnection: 'aks',
      manifests: '*.yaml',
      ...given,
    });
    let settings: unknown;
    await printedBy(async () => {
      settings = await readInputs();
    });
    return settings as DeploySettings;
  }

  it('are safe by default', async () => {
    const { strictImages, forceConflicts, planOnly, rollout, chart, manifests } = await read();
    assert.deepEqual(
      { strictImages, forceConflicts, planOnly, rollout, chart, manifests },
      {
        strictImages: true,
        forceConflicts: false,
        planOnly: false,
        rollout: { maxSurge: undefined, maxUnavailable: undefined },
        chart: undefined,
        manifests: ['*.yaml'],
      },
    );
  });

  it('take manifests, a chart, or both', async () => {
    const chart = {
      chart: path.join(folder, 'chart'),
      valuesFiles: [path.join(folder, 'production.yaml')],
      releaseName: 'lf',
    };
    const given = { chart: 'chart', chartValues: 'production.yaml', releaseName: 'lf' };
    assert.deepEqual((await read({ ...given, manifests: '' })).chart, chart);
    assert.deepEqual((await read({ ...given, manifests: 'overlays/production' })).manifests, [
      'overlays/production',
    ]);
  });

  it('read the rolling update', async () => {
    const { rollout } = await read({ maxSurge: '2', maxUnavailable: '25%' });
    assert.deepEqual(rollout, { maxSurge: 2, maxUnavailable: '25%' });
  });

  it('read the share of a canary; without one, everything is rolled out', async () => {
    assert.equal((await read()).canary, undefined);
    assert.equal((await read({ canary: '25' })).canary, 25);
    assert.equal((await read({ canary: '100 %' })).canary, 100);
  });

  it('promote and reject without manifests', async () => {
    const promotion: unknown = await read({ action: 'promote', manifests: '' });
    assert.equal((promotion as Settings).action, 'promote');
    const rejection: unknown = await read({ action: 'Reject', manifests: '', releaseManifest: '' });
    assert.equal((rejection as Settings).action, 'reject');
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['nothing to deploy', { manifests: '' }, /'manifests': it is empty/],
    ['a chart that is not there', { chart: 'nowhere' }, /'chart': found "nowhere"/],
    [
      'values that are not there',
      { chart: 'chart', chartValues: 'no.yaml' },
      /'chartValues': found ".*no\.yaml"/,
    ],
    [
      'secrets that are not there, on both kinds of path',
      { keyVault: 'kv', azureSubscription: 'azure', secrets: 'C:\\s\\secrets.yml' },
      /'secrets': found "C:.*There is no such file/,
    ],
    ['a name that no release can have', { chart: 'chart', releaseName: 'A' }, /'releaseName': found "A"/],
    ['no share', { canary: '0' }, /'canary': found "0".*from 1 to 100, in percent, such as 25/],
    ['more than all', { canary: '101%' }, /'canary': found "101%"/],
    ['a share of a percent', { canary: '2.5' }, /'canary': found "2.5"/],
    ['a count of pods', { maxSurge: 'two' }, /'maxSurge': found "two"/],
    ['no way to replace a pod', { maxSurge: '0', maxUnavailable: '0' }, /'maxUnavailable'/],
    ['a truth', { planOnly: 'perhaps' }, /'planOnly': found "perhaps"/],
  ];
  for (const [what, given, expected] of wrong) {
    it(`refuse ${what}`, async () => {
      await assert.rejects(read(given), expected);
    });
  }
});
