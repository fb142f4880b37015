import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { visibleInputs } from '../../../scripts/taskRules/layout';
import type { TaskDefinition } from '../../../scripts/taskRules/task';
import { isShown } from '../../../scripts/taskRules/visibleRule';

const chosen = { azureSubscription: 'langflow-azure' };
const FIRST_SIGHT: [task: string, values: Record<string, string>, visible: string[]][] = [
  ['LangflowBuild', {}, ['action', 'components', 'containerRegistry', 'repositoryPrefix']],
  ['LangflowBuild', { action: 'join' }, ['action', 'releaseManifests']],
  ['LangflowScan', {}, ['releaseManifest', 'containerRegistry', 'source', 'severity', 'policy']],
  ['LangflowDeploy', {}, ['action', 'azureSubscription', 'namespace', 'manifests', 'secrets']],
  [
    'LangflowDeploy',
    chosen,
    [
      ...['action', 'azureSubscription', 'azureResourceGroup', 'kubernetesCluster', 'namespace', 'manifests'],
      ...['keyVault', 'secrets'],
    ],
  ],
  ['LangflowDeploy', { action: 'rollback' }, ['action', 'azureSubscription', 'namespace', 'revision']],
  ['LangflowSmokeTest', {}, ['azureSubscription', 'namespace', 'checks', 'onFailure']],
  [
    'LangflowSmokeTest',
    chosen,
    [...['azureSubscription', 'azureResourceGroup', 'kubernetesCluster', 'namespace', 'checks'], 'onFailure'],
  ],
];

describe('what people see before they open a group', () => {
  for (const [task, values, visible] of FIRST_SIGHT) {
    it(`of ${task} with ${JSON.stringify(values)}`, () => {
      const file = path.resolve(import.meta.dirname, '../../../tasks', task, 'task.json');
      assert.deepEqual(
        visibleInputs(JSON.parse(readFileSync(file, 'utf8')) as TaskDefinition, values),
        visible,
      );
    });
  }
});

describe('isShown', () => {
  const values: Record<string, string> = { action: 'deploy', push: 'false' };
  const valueOf = (name: string): string => values[name] ?? '';
  const cases: [rule: string | undefined, shown: boolean][] = [
    [undefined, true],
    ['action = deploy', true],
    ['action != deploy', false],
    ['action = join || push = false', true],
    ['action = deploy && push = true', false],
    ['action = join || action = deploy && push != true', true],
    ['azureSubscription != ""', false],
    ['azureSubscription = "" && action = "deploy"', true],
  ];
  for (const [rule, shown] of cases) {
    it(`is ${shown} for ${rule ?? 'no rule'}`, () => {
      assert.equal(isShown(rule, valueOf), shown);
    });
  }
});
