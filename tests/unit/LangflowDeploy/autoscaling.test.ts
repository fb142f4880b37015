import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import {
  handoverOf,
  isHandBack,
  scaledBy,
  withoutScaledReplicas,
} from '../../../tasks/LangflowDeploy/autoscaling';
import { deployment } from './samples';

const autoscaler = (target: object, spec: object = {}): KubernetesObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'scaler' },
  spec: { scaleTargetRef: target, ...spec },
});
const BACKEND = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' };

describe('scaledBy', () => {
  it('finds the targets of autoscalers, and of those that KEDA makes', () => {
    const keda = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'k' },
      spec: { scaleTargetRef: { name: 'worker' }, minReplicaCount: 0 },
    };
    const scaled = scaledBy([
      autoscaler(BACKEND, { minReplicas: 3 }),
      autoscaler({ ...BACKEND, kind: 'StatefulSet', name: 'db' }),
      keda,
      deployment('backend'),
    ]);
    assert.deepEqual(
      [...scaled],
      [
        ['Deployment.apps/backend', 3],
        ['StatefulSet.apps/db', 1],
        ['Deployment.apps/worker', 0],
      ],
    );
  });
});

describe('withoutScaledReplicas', () => {
  const withReplicas = deployment('backend', {}, { replicas: 2 });

  it('leaves the replicas to the autoscaler', () => {
    const { spec } = withoutScaledReplicas(withReplicas, scaledBy([autoscaler(BACKEND)]));
    assert.deepEqual(spec, deployment('backend').spec);
    assert.equal((withReplicas.spec as { replicas: number }).replicas, 2, 'what was given stays as it is');
  });
  it('leaves other workloads alone, of the same name too', () => {
    const scaled = scaledBy([
      autoscaler({ ...BACKEND, kind: 'StatefulSet' }),
      autoscaler({ ...BACKEND, name: 'b' }),
    ]);
    assert.equal(withoutScaledReplicas(withReplicas, scaled), withReplicas);
  });
});

describe('handoverOf', () => {
  const live = (replicas: number, ...managers: object[]): KubernetesObject => ({
    ...deployment('backend', {}, { replicas }),
    metadata: { name: 'backend', managedFields: managers } as KubernetesObject['metadata'],
  });
  const owner = (manager: string, fields: object, operation = 'Apply'): object => ({
    manager,
    operation,
    fieldsV1: { 'f:spec': fields },
  });
  const ours = owner('langflow-delivery', { 'f:replicas': {} });

  it('hands over the replicas as they are while they are ours', () => {
    assert.deepEqual(handoverOf(deployment('backend'), live(4, owner('kubectl', {}), ours)), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'backend' },
      spec: { replicas: 4 },
    });
  });
  const nothing: [string, KubernetesObject, KubernetesObject | undefined][] = [
    ['there is no workload yet', deployment('backend'), undefined],
    ['the replicas are still applied', deployment('backend', {}, { replicas: 2 }), live(4, ours)],
    [
      'the autoscaler owns them',
      deployment('backend'),
      live(4, owner('kube-controller-manager', { 'f:replicas': {} }, 'Update')),
    ],
    ['we own other fields', deployment('backend'), live(4, owner('langflow-delivery', { 'f:template': {} }))],
    ['it is no workload', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }, live(4, ours)],
  ];
  for (const [when, wanted, current] of nothing) {
    it(`hands over nothing when ${when}`, () => {
      assert.equal(handoverOf(wanted, current), undefined);
    });
  }
});

describe('isHandBack', () => {
  const conflict = (manager: string, field = '.spec.replicas'): string =>
    `Apply failed with 1 conflict: conflict with ${manager} using apps/v1: ${field}`;
  const cases: [string, string, boolean][] = [
    ['our own handover', conflict('"langflow-delivery-replicas"'), true],
    ['the autoscaler that left', conflict('"kube-controller-manager" with subresource "scale"'), true],
    ['a person', conflict('"kubectl" with subresource "scale"'), false],
    ['another field', conflict('"kube-controller-manager"', '.spec.paused'), false],
    [
      'several, one of them a person',
      'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using apps/v1:\n- .spec.paused\n' +
        'conflicts with "langflow-delivery-replicas" using apps/v1:\n- .spec.replicas',
      false,
    ],
    ['no conflict', 'the object has been modified', false],
  ];
  for (const [what, message, expected] of cases) {
    it(`${expected ? 'takes back from' : 'takes nothing back from'} ${what}`, () => {
      assert.equal(isHandBack(message), expected);
    });
  }
});
