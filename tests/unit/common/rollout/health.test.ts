import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import { healthOf, isAwaited, isGate } from '../../../../tasks/common/rollout/health';
import { object } from './samples';

function conditionOf(type: string, status = 'True', reason = ''): object {
  return { type, status, reason };
}

describe('healthOf', () => {
  const status = {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
  };
  const cases: [string, string, object, object, 'healthy' | RegExp][] = [
    ['a rolled Deployment', 'Deployment', { replicas: 2 }, status, 'healthy'],
    [
      'one that its controller has not seen',
      'Deployment',
      { replicas: 2 },
      { ...status, observedGeneration: 1 },
      /progressing.*controller/,
    ],
    [
      'one with old pods',
      'Deployment',
      { replicas: 2 },
      { ...status, replicas: 3 },
      /progressing.*old pods still to end: 1/,
    ],
    [
      'one whose pods are not available',
      'Deployment',
      { replicas: 2 },
      { ...status, availableReplicas: 1 },
      /progressing.*1 of 2/,
    ],
    [
      'one beyond its deadline',
      'Deployment',
      { replicas: 2 },
      {
        ...status,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      },
      /failed/,
    ],
    [
      'a paused one',
      'Deployment',
      { replicas: 2, paused: true },
      { ...status, updatedReplicas: 0 },
      /failed.*paused/,
    ],
    ['one of no replicas', 'Deployment', { replicas: 0 }, { observedGeneration: 2 }, 'healthy'],
    [
      'a StatefulSet between revisions',
      'StatefulSet',
      { replicas: 2 },
      { ...status, currentRevision: 'a', updateRevision: 'b' },
      /progressing/,
    ],
    [
      'one at its revision',
      'StatefulSet',
      { replicas: 2 },
      { ...status, currentRevision: 'b', updateRevision: 'b' },
      'healthy',
    ],
    ['a running Job', 'Job', {}, { active: 1 }, /progressing/],
    ['a finished Job', 'Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }, 'healthy'],
    [
      'a failed Job',
      'Job',
      {},
      { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
      /failed.*Backoff/,
    ],
    [
      'a Job that is about to fail',
      'Job',
      {},
      { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'PodFailurePolicy' }] },
      /failed.*PodFailurePolicy/,
    ],
    ['a suspended Job', 'Job', { suspend: true }, {}, /failed.*suspend/],
    ['a CronJob', 'CronJob', {}, {}, 'healthy'],
    ['a Deployment that nobody has seen yet', 'Deployment', { replicas: 0 }, {}, /progressing.*controller/],
    [
      'a StatefulSet that people roll',
      'StatefulSet',
      { replicas: 2, updateStrategy: { type: 'OnDelete' } },
      { ...status, currentRevision: 'a', updateRevision: 'b' },
      'healthy',
    ],
    [
      'a StatefulSet above its partition',
      'StatefulSet',
      { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { ...status, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      'healthy',
    ],
    [
      'a DaemonSet on its way',
      'DaemonSet',
      {},
      { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
      /progressing.*2 of 3 pods updated/,
    ],
    [
      'a DaemonSet whose pods are not available',
      'DaemonSet',
      {},
      { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1 },
      /progressing.*1 of 3 pods available/,
    ],
    ['a bound claim', 'PersistentVolumeClaim', {}, { phase: 'Bound' }, 'healthy'],
    ['a claim without a volume', 'PersistentVolumeClaim', {}, { phase: 'Pending' }, /progressing.*volume/],
    ['a claim whose volume is lost', 'PersistentVolumeClaim', {}, { phase: 'Lost' }, /failed/],
    ['a Service in the cluster', 'Service', {}, {}, 'healthy'],
    ['a Service without its address', 'Service', { type: 'LoadBalancer' }, {}, /progressing.*address/],
    [
      'a Service with its address',
      'Service',
      { type: 'LoadBalancer' },
      { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } },
      'healthy',
    ],
    ['an Ingress without its address', 'Ingress', {}, { loadBalancer: {} }, /progressing.*address/],
    ['an Ingress with it', 'Ingress', {}, { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } }, 'healthy'],
    [
      'a Gateway that is not programmed',
      'Gateway',
      {},
      { conditions: [conditionOf('Accepted'), conditionOf('Programmed', 'False', 'AddressNotAssigned')] },
      /progressing.*AddressNotAssigned/,
    ],
    [
      'a Gateway that is',
      'Gateway',
      {},
      { conditions: [conditionOf('Accepted'), conditionOf('Programmed')] },
      'healthy',
    ],
    ['a route without a Gateway', 'HTTPRoute', {}, {}, /progressing.*Gateway/],
    [
      'a route that one Gateway refuses',
      'HTTPRoute',
      {},
      {
        parents: [
          { conditions: [conditionOf('Accepted'), conditionOf('ResolvedRefs')] },
          { conditions: [conditionOf('Accepted', 'False', 'NotAllowedByListeners')] },
        ],
      },
      /progressing.*NotAllowedByListeners/,
    ],
    [
      'a definition whose names are taken',
      'CustomResourceDefinition',
      {},
      { conditions: [conditionOf('NamesAccepted', 'False', 'MultipleNamesNotAllowed')] },
      /failed/,
    ],
    [
      'a definition that nobody has looked at yet',
      'CustomResourceDefinition',
      {},
      { conditions: null },
      /progressing.*Established/,
    ],
    [
      'an established definition',
      'CustomResourceDefinition',
      {},
      { conditions: [conditionOf('NamesAccepted'), conditionOf('Established')] },
      'healthy',
    ],
    ['a budget that is met', 'PodDisruptionBudget', {}, { currentHealthy: 2, desiredHealthy: 1 }, 'healthy'],
    ['one that is not', 'PodDisruptionBudget', {}, { currentHealthy: 0, desiredHealthy: 1 }, /progressing/],
    ['a custom resource of no conditions', 'ScaledObject', {}, {}, 'healthy'],
    ['one that is ready', 'ScaledObject', {}, { conditions: [conditionOf('Ready')] }, 'healthy'],
    [
      'one that is not',
      'ScaledObject',
      {},
      { conditions: [conditionOf('Ready', 'False', 'NoMetrics')] },
      /progressing.*NoMetrics/,
    ],
    ['one that is stalled', 'ScaledObject', {}, { conditions: [conditionOf('Stalled')] }, /failed/],
    ['one that reconciles', 'ScaledObject', {}, { conditions: [conditionOf('Reconciling')] }, /progressing/],
    [
      'one that is ready for what it was before',
      'ScaledObject',
      {},
      { observedGeneration: 1, conditions: [conditionOf('Ready')] },
      /progressing.*controller/,
    ],
  ];
  for (const [what, kind, spec, state, expected] of cases) {
    it(`judges ${what}`, () => {
      const health = healthOf(object(kind, 'x', { spec, status: state }));
      if (expected === 'healthy') assert.deepEqual(health, { state: 'healthy' });
      else assert.match(JSON.stringify(health), expected);
    });
  }

  it('judges nothing that is being deleted as healthy', () => {
    const metadata = { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' };
    assert.match(JSON.stringify(healthOf(object('ConfigMap', 'x', { metadata }))), /failed.*deleted/);
  });
});

describe('what a release waits for', () => {
  const custom = (name: string): KubernetesObject => ({
    ...object('ScaledObject', name),
    apiVersion: 'keda.sh/v1',
  });
  const cases: [string, KubernetesObject, 'gate' | 'awaited' | 'neither'][] = [
    ['a Deployment', object('Deployment'), 'gate'],
    ['a Job', object('Job'), 'gate'],
    ['a custom resource', custom('x'), 'gate'],
    ['an Ingress, whose address comes with what listens', object('Ingress'), 'awaited'],
    ['a Service of a load balancer', object('Service', 'x', { spec: { type: 'LoadBalancer' } }), 'awaited'],
    ['a Service in the cluster', object('Service'), 'neither'],
    ['a ConfigMap', object('ConfigMap'), 'neither'],
    ['a claim, which may wait for its first consumer', object('PersistentVolumeClaim'), 'neither'],
    [
      'a Deployment that asks not to be waited for',
      object('Deployment', 'x', {
        metadata: { name: 'x', annotations: { 'langflow-delivery/wait': 'false' } },
      }),
      'neither',
    ],
  ];
  for (const [what, given, expected] of cases) {
    it(`${expected}: ${what}`, () => {
      assert.equal(isGate(given) ? 'gate' : isAwaited(given) ? 'awaited' : 'neither', expected);
    });
  }
});
