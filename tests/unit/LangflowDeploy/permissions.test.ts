import assert from 'node:assert/strict';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import {
  isGranted,
  neededPermissions,
  rulesFor,
  type Permission,
} from '../../../tasks/LangflowDeploy/permissions';

const deployments = { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true };
const classes = { apiVersion: 'scheduling.k8s.io/v1', plural: 'priorityclasses', namespaced: false };
const placed = (
  type: typeof deployments,
  kind: string,
): { type: typeof deployments; object: KubernetesObject } => ({
  type,
  object: { apiVersion: type.apiVersion, kind, metadata: { name: 'some' } },
});
const web = placed(deployments, 'Deployment');
const patch: Permission = { group: 'apps', resource: 'deployments', verb: 'patch', namespaced: true };

describe('neededPermissions', () => {
  const lines = (permissions: Permission[]): string[] =>
    permissions.map(({ group, resource, verb, namespaced }) => `${verb} ${resource}.${group} ${namespaced}`);

  it('has what is applied, restored, removed and watched, each once', () => {
    const needed = lines(neededPermissions([web, web, placed(classes, 'PriorityClass')], false));
    for (const verb of ['get', 'list', 'watch', 'create', 'patch', 'delete'])
      assert.ok(needed.includes(`${verb} deployments.apps true`), verb);
    assert.ok(needed.includes('delete priorityclasses.scheduling.k8s.io false'));
    assert.ok(needed.includes('get pods/log. true'));
    assert.ok(needed.includes('update leases.coordination.k8s.io true'));
    assert.equal(new Set(needed).size, needed.length);
  });
  it('does not ask to list and watch what nobody waits for', () => {
    const accounts = { apiVersion: 'v1', plural: 'serviceaccounts', namespaced: true };
    const needed = lines(neededPermissions([placed(accounts, 'ServiceAccount')], false));
    assert.deepEqual(
      needed.filter((line) => line.includes('serviceaccounts')).map((line) => line.split(' ')[0]),
      ['get', 'create', 'patch', 'delete'],
    );
  });
  it('does not ask to remove what is never removed', () => {
    const claims = { apiVersion: 'v1', plural: 'persistentvolumeclaims', namespaced: true };
    assert.equal(
      lines(neededPermissions([placed(claims, 'PersistentVolumeClaim')], false)).includes(
        'delete persistentvolumeclaims. true',
      ),
      false,
    );
  });
  it('has the namespace only when it must be made', () => {
    const has = (make: boolean): boolean =>
      lines(neededPermissions([web], make)).includes('create namespaces. false');
    assert.deepEqual([has(true), has(false)], [true, false]);
  });
});

describe('isGranted', () => {
  const rule = { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'] };
  const log: Permission = { group: '', resource: 'pods/log', verb: 'get', namespaced: true };
  const cases: [string, Permission, Parameters<typeof isGranted>[1], boolean][] = [
    ['the very rule', patch, [rule], true],
    ['one of several', patch, [{ ...rule, verbs: ['get'] }, rule], true],
    ['stars', patch, [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], true],
    ['no rule', patch, [], false],
    ['another verb', patch, [{ ...rule, verbs: ['get'] }], false],
    ['another group', patch, [{ ...rule, apiGroups: [''] }], false],
    ['another resource', patch, [{ ...rule, resources: ['pods'] }], false],
    ['only some names', patch, [{ ...rule, resourceNames: ['web'] }], false],
    [
      'the resource for a subresource',
      log,
      [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
      false,
    ],
    ['the subresource', log, [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'] }], true],
    ['the subresource of all', log, [{ verbs: ['get'], apiGroups: [''], resources: ['*/log'] }], true],
  ];
  for (const [what, permission, rules, expected] of cases) {
    it(`${expected ? 'takes' : 'does not take'} ${what} for a grant`, () => {
      assert.equal(isGranted(permission, rules), expected);
    });
  }
});

describe('rulesFor', () => {
  it('merges verbs, and resources with the same verbs, by group and scope', () => {
    const text = rulesFor([
      patch,
      { ...patch, verb: 'get' },
      { ...patch, resource: 'statefulsets' },
      { ...patch, resource: 'statefulsets', verb: 'get' },
      { group: '', resource: 'secrets', verb: 'list', namespaced: true },
      { group: '', resource: 'namespaces', verb: 'create', namespaced: false },
    ]);
    const [, role = '', clusterRole = ''] = text.split(/# .*\n/);
    assert.deepEqual(parse(role), [
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch', 'get'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
    ]);
    assert.deepEqual(parse(clusterRole), [{ apiGroups: [''], resources: ['namespaces'], verbs: ['create'] }]);
  });
});
