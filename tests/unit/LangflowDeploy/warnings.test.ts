import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import { parseManifest } from '../../../tasks/LangflowDeploy/render/manifest';
import { availabilityWarnings } from '../../../tasks/LangflowDeploy/warnings';

const SLEEP = { preStop: { exec: { command: ['sleep', '5'] } } };
const GOOD = {
  name: 'main',
  ports: [{ containerPort: 80 }],
  readinessProbe: { httpGet: {} },
  lifecycle: SLEEP,
};

/** A Deployment about which nothing is to be said, with other fields. */
function deployment(spec: object = {}, pod: object = {}, container: object = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      template: {
        metadata: { labels: { app: 'web', tier: 'front' } },
        spec: { containers: [{ ...GOOD, ...container }], ...pod },
      },
      ...spec,
    },
  };
}
const budget = (selector: object): KubernetesObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { maxUnavailable: 1, selector },
});
const BUDGET = budget({ matchLabels: { app: 'web' } });
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' } },
};
const rolling = (rollingUpdate: object): object => ({ strategy: { type: 'RollingUpdate', rollingUpdate } });
const expression = (key: string, operator: string, values?: string[]): KubernetesObject =>
  budget({ matchExpressions: [{ key, operator, ...(values && { values }) }] });

describe('availabilityWarnings', () => {
  const cases: [string, KubernetesObject[], RegExp | undefined][] = [
    ['a good one', [deployment(), BUDGET, SERVICE], undefined],
    ['one without a budget', [deployment(), SERVICE], /no PodDisruptionBudget/],
    [
      'one whose budget selects others',
      [deployment(), budget({ matchLabels: { app: 'x' } }), SERVICE],
      /no PodDisr/,
    ],
    [
      'one whose budget has no selector',
      [deployment(), { ...BUDGET, spec: {} }, SERVICE],
      /no PodDisruptionBudget/,
    ],
    ['a budget by expression In', [deployment(), expression('tier', 'In', ['front'])], undefined],
    ['a budget by expression NotIn', [deployment(), expression('tier', 'NotIn', ['front'])], /no PodDisr/],
    ['a budget by expression Exists', [deployment(), expression('app', 'Exists')], undefined],
    ['a budget by expression DoesNotExist', [deployment(), expression('app', 'DoesNotExist')], /no PodDisr/],
    ['a single one without a budget', [deployment({ replicas: 1 }), SERVICE], undefined],
    [
      'one without a readiness probe',
      [deployment({}, {}, { readinessProbe: undefined }), BUDGET],
      /no readinessProbe/,
    ],
    [
      'a sidecar without one',
      [deployment({}, { containers: [GOOD, { name: 'proxy' }] }), BUDGET, SERVICE],
      undefined,
    ],
    [
      'one without a preStop hook',
      [deployment({}, {}, { lifecycle: {} }), BUDGET, SERVICE],
      /no preStop.*'main'/,
    ],
    ['a worker without one', [deployment({}, {}, { lifecycle: {} }), BUDGET], undefined],
    [
      'one that is killed in its preStop hook',
      [deployment({}, { terminationGracePeriodSeconds: 5 }), BUDGET, SERVICE],
      /waits 5 s.*terminationGracePeriodSeconds: 5/,
    ],
    [
      'one that is killed in the sleep of its hook',
      [deployment({}, {}, { lifecycle: { preStop: { sleep: { seconds: 30 } } } }), BUDGET, SERVICE],
      /waits 30 s.*terminationGracePeriodSeconds: 30/,
    ],
    [
      'a hook by a shell',
      [
        deployment({}, {}, { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 60; true'] } } } }),
        BUDGET,
        SERVICE,
      ],
      /waits 60 s/,
    ],
    [
      'a hook by HTTP',
      [deployment({}, {}, { lifecycle: { preStop: { httpGet: {} } } }), BUDGET, SERVICE],
      undefined,
    ],
    ['the strategy Recreate', [deployment({ strategy: { type: 'Recreate' } }), BUDGET], /Recreate/],
    [
      'one that may lose its only pod',
      [deployment({ replicas: 1, ...rolling({ maxUnavailable: 1 }) })],
      /only pod/,
    ],
    ['one of default strategy', [deployment({ replicas: 1 })], undefined],
    [
      'one without replicas',
      [deployment({ replicas: undefined, ...rolling({ maxUnavailable: 1 }) })],
      /only pod/,
    ],
    ['one that may lose all', [deployment(rolling({ maxUnavailable: '100%' })), BUDGET], /all 2 pods/],
    ['one that may lose half', [deployment(rolling({ maxUnavailable: '50%' })), BUDGET], undefined],
    [
      'one that is scaled to nothing',
      [deployment({ replicas: 0, ...rolling({ maxUnavailable: 1 }) })],
      undefined,
    ],
    ['other kinds', [{ ...deployment(), kind: 'StatefulSet' }], undefined],
  ];
  for (const [what, objects, expected] of cases) {
    it(`${expected ? 'warns about' : 'has nothing to say about'} ${what}`, () => {
      const warnings = availabilityWarnings(objects, new Map());
      if (!expected) assert.deepEqual(warnings, []);
      else {
        assert.equal(warnings.length, 1, warnings.join('\n'));
        assert.match(warnings[0] ?? '', expected);
        assert.match(warnings[0] ?? '', /^Deployment\/web /);
      }
    });
  }

  it('counts what an autoscaler keeps at least', () => {
    const scaled = new Map([['Deployment.apps/web', 3]]);
    const [warning] = availabilityWarnings([deployment({ replicas: undefined })], scaled);
    assert.match(warning ?? '', /no PodDisruptionBudget/);
  });

  it('has nothing to say about the sample', () => {
    const folder = path.resolve(import.meta.dirname, '../../../samples/langflow/manifests/base');
    const objects = ['backend', 'frontend', 'worker', 'migrate']
      .map((name) => `${name}.yaml`)
      .flatMap((file) => parseManifest(readFileSync(path.join(folder, file), 'utf8'), file));
    assert.ok(objects.length > 8);
    assert.deepEqual(
      availabilityWarnings(
        objects.map(({ object }) => object),
        new Map(),
      ),
      [],
    );
  });
});
