import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import { canaryObjects, canaryReplicas } from '../../../../tasks/LangflowDeploy/canary/canaryObjects';

function web(image: string, spec: object = {}): KubernetesObject {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'langflow', labels: { team: 'a' } },
    spec: {
      replicas: 4,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
      ...spec,
    },
  };
}

function other(apiVersion: string, kind: string, name: string, spec: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace: 'langflow' }, spec };
}

const four = (): number => 4;

describe('canaryReplicas', () => {
  const table: [replicas: number, share: number, expected: number][] = [
    [4, 25, 1],
    [4, 26, 2],
    [4, 100, 4],
    [1, 1, 1],
    [10, 33, 4],
    [100, 7, 7],
    [0, 50, 0],
  ];
  for (const [replicas, share, expected] of table) {
    it(`takes ${expected} for ${share} % of ${replicas}`, () => {
      assert.equal(canaryReplicas(replicas, share), expected);
    });
  }
});

describe('canaryObjects', () => {
  it('is another Deployment with one label more, to which the same Services lead', () => {
    const { objects, sentences, waiting } = canaryObjects([web('a')], [web('b')], four, 25);
    const labels = { app: 'web', 'langflow-delivery/track': 'canary' };
    assert.deepEqual(objects, [
      {
        ...web('b'),
        metadata: {
          name: 'web-canary',
          namespace: 'langflow',
          labels: { team: 'a', 'langflow-delivery/track': 'canary' },
        },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'b' }] } },
        },
      },
    ]);
    assert.deepEqual(sentences, ['Deployment/web-canary: 1 pod beside 4']);
    assert.deepEqual(waiting, []);
  });

  it('is none of what did not change, whatever run applied it and in whatever order its fields stand', () => {
    const annotated = web('a');
    annotated.metadata.annotations = { 'langflow-delivery/run': 'https://example.org/2' };
    const { spec, ...rest } = annotated;
    const before = web('a');
    const plan = canaryObjects([before], [{ spec, ...rest }], four, 25);
    assert.deepEqual(plan, { objects: [], sentences: [], waiting: [] });
  });

  it('counts the pods that there are now; without any, those of the manifest', () => {
    const replicas = (former: KubernetesObject[], live: number | undefined): unknown =>
      canaryObjects(former, [web('b')], () => live, 50).objects.map(
        ({ spec }) => (spec as { replicas: number }).replicas,
      );
    assert.deepEqual(replicas([web('a')], 8), [4], 'as an autoscaler has it');
    assert.deepEqual(replicas([web('a')], undefined), [2]);
    assert.deepEqual(replicas([], undefined), [2], 'a new Deployment has its share, too');
    assert.deepEqual(replicas([web('a')], 0), [], 'what was stopped stays stopped');
  });

  it('comes with what is new and its pods may need; everything that could touch the stable pods waits', () => {
    const needed = [
      other('v1', 'ConfigMap', 'settings-1'),
      other('batch/v1', 'Job', 'migrate-1'),
      other('v1', 'ServiceAccount', 'runner'),
    ];
    const touching = [
      other('autoscaling/v2', 'HorizontalPodAutoscaler', 'web'),
      other('networking.k8s.io/v1', 'NetworkPolicy', 'web'),
      other('v1', 'Service', 'web', { type: 'NodePort' }),
      other('apps/v1', 'StatefulSet', 'data', { replicas: 2 }),
    ];
    const same = other('v1', 'Secret', 'kept');
    const former = [
      other('v1', 'Service', 'web'),
      other('apps/v1', 'StatefulSet', 'data'),
      same,
      other('v1', 'Service', 'gone'),
    ];
    const plan = canaryObjects(former, [...needed, ...touching, same], four, 25);
    assert.deepEqual(plan.objects, needed);
    assert.deepEqual(plan.waiting, [
      'HorizontalPodAutoscaler/web',
      'NetworkPolicy/web',
      'Service/web',
      'StatefulSet/data',
    ]);
  });

  it('leaves out a Deployment whose pods must not run beside each other, and one of which only the replicas change', () => {
    const recreate = { strategy: { type: 'Recreate' } };
    const waits = { objects: [], sentences: [], waiting: ['Deployment/web'] };
    assert.deepEqual(canaryObjects([web('a', recreate)], [web('b', recreate)], four, 25), waits);
    assert.deepEqual(canaryObjects([web('a')], [web('a', { replicas: 5 })], four, 25), waits);
  });

  it('refuses a release that has the name already', () => {
    const taken = other('apps/v1', 'Deployment', 'web-canary', { template: {} });
    assert.throws(
      () => canaryObjects([web('a')], [web('b'), taken], four, 25),
      /Deployment\/web-canary is an object of the release.*nothing was applied/,
    );
  });
});
