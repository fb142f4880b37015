import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { DataSourceBinding, TaskDefinition } from '../../../scripts/taskRules/task';
import { Azure, SUBSCRIPTION } from './azure';
import { listOf, type Item } from './list';

/** What a person sees in the list of an input, with what was chosen before. */
const LISTS: Record<string, { inputs?: Record<string, string>; shown: (string | Item)[] }> = {
  azureSubscriptionId: {
    shown: [
      { value: SUBSCRIPTION, shown: 'Example Subscription' },
      { value: SUBSCRIPTION.replace(/1$/, '2'), shown: 'Research & Development' },
    ],
  },
  // A group with two clusters comes twice; the same question is asked by Microsoft's own tasks (KubernetesManifest@1).
  azureResourceGroup: { shown: ['rg1', 'rg1', 'rg2'] },
  kubernetesCluster: { inputs: { azureResourceGroup: 'rg1' }, shown: ['clustername1', 'clustername2'] },
  keyVault: { shown: ['sample-vault-1', 'sample-vault-2'] },
  namespace: { shown: ['default', 'langflow'] },
};

const TARGETS: Record<string, string[]> = {
  LangflowDeploy: Object.keys(LISTS),
  LangflowSmokeTest: Object.keys(LISTS).filter((name) => name !== 'azureSubscriptionId'),
};

describe('the lists of the editor', () => {
  const azure = new Azure();
  before(() => azure.start());
  after(() => {
    azure.stop();
  });
  const endpoint = () => ({ url: azure.url, subscriptionId: SUBSCRIPTION, token: azure.token });

  for (const [task, targets] of Object.entries(TARGETS)) {
    it(`of ${task} are for ${targets.join(', ')}`, () => {
      assert.deepEqual(
        bindingsOf(task)
          .map(({ target }) => target)
          .sort(),
        [...targets].sort(),
      );
    });

    for (const binding of bindingsOf(task)) {
      it(`of ${task} show what the documented API answers for ${binding.target}`, async () => {
        const { inputs, shown } = LISTS[binding.target] ?? { shown: [] };
        assert.deepEqual(
          await listOf(binding, endpoint(), inputs),
          shown.map((one) => (typeof one === 'string' ? { value: one, shown: one } : one)),
        );
      });
    }
  }

  it('follow the pages of the clusters', async () => {
    azure.asked.length = 0;
    await listOf(bindingOf('azureResourceGroup'), endpoint());
    assert.deepEqual(
      azure.asked.map((url) => new URL(url, 'http://localhost').searchParams.get('$skipToken')),
      ['', '2'],
    );
  });

  it('are empty-handed with an undocumented address or version, or without the login', async () => {
    const binding = bindingOf('keyVault');
    const { endpointUrl } = binding;
    const other = (change: Partial<DataSourceBinding>, login = endpoint()) =>
      listOf({ ...binding, ...change }, login);
    await assert.rejects(
      other({ endpointUrl: endpointUrl.replace('2022-07-01', '2099-01-01') }),
      /^Error: 404/,
    );
    await assert.rejects(other({ endpointUrl: endpointUrl.replace('vaults?', 'vault?') }), /^Error: 404/);
    await assert.rejects(other({}, { ...endpoint(), token: 'other' }), /^Error: 401/);
  });
});

function bindingsOf(task: string): DataSourceBinding[] {
  const file = path.resolve(import.meta.dirname, '../../../tasks', task, 'task.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as TaskDefinition).dataSourceBindings ?? [];
}

function bindingOf(target: string): DataSourceBinding {
  const binding = bindingsOf('LangflowDeploy').find((one) => one.target === target);
  assert.ok(binding);
  return binding;
}
