import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { kubectl } from './support/cluster';
import { DeploySuite, settingsMap, webDeployment } from './support/deploySuite';

describe('the plan of LangflowDeploy', function () {
  this.timeout(180_000);
  const suite = new DeploySuite();

  const settings = (color: string): object =>
    settingsMap({ COLOR: color, TEXT: 'one\ntwo\n##vso[task.setvariable variable=forged]yes\n' });
  const secret = (password: string): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'passwords' },
    stringData: { PASSWORD: password, SAME: 'same-s3cret' },
  });

  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
        },
      ],
    },
  };
  /** Everything in the namespace with its resourceVersion. */
  const versions = (): string =>
    suite.kubectl(
      ...['get', 'deployments,secrets,configmaps,jobs,services,leases', '-o'],
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    );

  it('plans a first release without making its namespace, and says what it could not find out', async () => {
    suite.write(settings('red'), webDeployment());
    const step = await suite.deployed({ planOnly: 'true' });
    assert.equal(step.outputs.changes, '2');
    assert.equal(step.outputs.outcome, undefined);
    assert.match(step.message, /2 to create, 0 to change, 0 to remove, 0 unchanged/);
    assert.match(step.summary, /could not judge 2 of the objects/);
    assert.match(step.summary, /create ConfigMap&#47;settings|create ConfigMap\/settings/);
    assert.equal(suite.phase(), '');
  });

  it('refuses a field that does not exist before there is a namespace', async () => {
    suite.write(settings('red'), webDeployment({ replica: 2 }));
    const step = await suite.deploy({ planOnly: 'true' });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Deployment\/web: .*replica/);
    assert.equal(suite.phase(), '');
  });

  it('takes the namespace of a refused first release away again', async () => {
    suite.write(settings('red'), webDeployment({ replicas: -1 }));
    const step = await suite.deploy();
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /refuses 1 of 2 objects; nothing was applied[^]*all\.yaml, line \d+: Deployment\/web: [^]*spec\.replicas/,
    );
    assert.notEqual(suite.phase(), 'Active');
  });

  it('shows what changes, redacted, and changes nothing', async () => {
    suite.write(
      settings('red'),
      secret('old-s3cret'),
      webDeployment({}, { envFrom: [{ secretRef: { name: 'passwords' } }] }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'old' },
        spec: { ports: [{ port: 80 }] },
      },
    );
    const first = await suite.deployed();
    assert.equal(first.outputs.changes, '4');
    const before = versions();

    suite.write(
      settings('blue'),
      secret('new-s3cret'),
      webDeployment({}, { envFrom: [{ secretRef: { name: 'passwords' } }] }),
    );
    const step = await suite.deployed({ planOnly: 'true' });
    assert.equal(step.outputs.changes, '4', step.summary);
    assert.match(step.message, /0 to create, 3 to change, 1 to remove, 0 unchanged/);
    assert.equal(versions(), before);

    for (const text of [step.log, step.summary]) {
      assert.match(text, /-\s+COLOR: red\n.*\+\s+COLOR: blue/);
      const [, old] = /-\s+PASSWORD: (\(secret [0-9a-f]{8}\))/.exec(text) ?? [];
      const [, current] = /\+\s+PASSWORD: (\(secret [0-9a-f]{8}\))/.exec(text) ?? [];
      assert.ok(old !== undefined && current !== undefined && old !== current, text);
      assert.match(text, /^\s+SAME: \(secret [0-9a-f]{8}\)$/m);
      for (const value of ['old-s3cret', 'new-s3cret', 'same-s3cret']) {
        assert.equal(text.includes(value), false);
        assert.equal(text.includes(Buffer.from(value).toString('base64')), false);
      }
    }
    assert.equal(Object.keys(step.outputs).includes('forged'), false);

    await suite.deployed();
    const again = await suite.deploy({ planOnly: 'true' });
    assert.equal(again.outputs.changes, '0', again.summary);
  });

  it('names the manager and the field of a conflict, and takes it over when told to', async () => {
    suite.write(webDeployment({ replicas: 1 }));
    await suite.deployed();
    suite.kubectl('scale', 'deployment/web', '--replicas=2');

    suite.write(webDeployment({ replicas: 3 }));
    const refused = await suite.deploy();
    assert.equal(refused.result, 'Failed');
    assert.match(
      refused.message,
      /Deployment\/web: .*conflict with "kubectl"[^]*\.spec\.replicas[^]*forceConflicts/,
    );
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '2');

    await suite.deployed({ forceConflicts: 'true' });
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '3');
  });

  it('keeps the replicas of a workload when an autoscaler takes it over, and after', async () => {
    suite.write(webDeployment({ replicas: 3 }));
    await suite.deployed();

    suite.write(webDeployment({ replicas: 1 }), autoscaler);
    const taken = await suite.deployed();
    assert.match(taken.message, /deployed/);
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '3', 'handed over as they were');

    // As the autoscaler does it.
    suite.kubectl('scale', 'deployment/web', '--replicas=4');
    suite.write(webDeployment({ replicas: 1 }, { env: [{ name: 'A', value: '1' }] }), autoscaler);
    await suite.deployed();
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '4');
  });

  it('sets the replicas again when the autoscaler has left', async () => {
    suite.write(webDeployment({ replicas: 2 }));
    await suite.deployed();
    suite.write(webDeployment(), autoscaler);
    await suite.deployed();
    suite.write(webDeployment({ replicas: 1 }));
    await suite.deployed();
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '2', 'the autoscaler goes at the end');
    await suite.deployed();
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '1');
  });

  it('sets the rolling update, and warns about what costs requests', async () => {
    suite.write(webDeployment({ replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 1 } } }), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    const step = await suite.deployed({ maxSurge: '2', maxUnavailable: '0' });
    assert.deepEqual(JSON.parse(suite.field('deployment/web', '.spec.strategy.rollingUpdate')), {
      maxSurge: 2,
      maxUnavailable: 0,
    });
    assert.match(
      step.log,
      /Deployment\/web has no PodDisruptionBudget[^]*has no readinessProbe[^]*has no preStop/,
    );
    assert.match(step.summary, /May cost requests/);
    const wrong = await suite.deploy({ maxSurge: '0', maxUnavailable: '0' });
    assert.match(wrong.message, /maxUnavailable/);
  });

  it('lists every permission that is missing, and needs no other than these', async () => {
    kubectl(['create', 'namespace', suite.namespace]);
    suite.kubectl('create', 'serviceaccount', 'deployer');
    const token = suite.kubectl('create', 'token', 'deployer');
    const kubeconfig = parse(suite.environment.kubeconfig) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    };
    const { cluster } = kubeconfig.clusters[0];
    const resources = structuredClone(suite.environment.resources);
    resources.serviceConnections = {
      ...resources.serviceConnections,
      restricted: {
        type: 'kubernetes',
        url: cluster.server,
        scheme: 'Token',
        parameters: {
          apiToken: Buffer.from(token).toString('base64'),
          serviceAccountCertificate: cluster['certificate-authority-data'],
        },
        data: { authorizationType: 'ServiceAccount' },
      },
    };
    suite.write(settings('red'), webDeployment());
    const restricted = { kubernetesServiceConnection: 'restricted' };
    const refused = await suite.deploy(restricted, { resources });
    assert.equal(refused.result, 'Failed');
    assert.match(
      refused.message,
      new RegExp(`user 'system:serviceaccount:${suite.namespace}:deployer' lacks \\d+ of the \\d+`),
    );
    assert.match(refused.message, new RegExp(`- patch deployments\\.apps in ${suite.namespace}\n`));
    assert.match(refused.message, /- get pods\/log in/);

    const [, rules = ''] = refused.message.split('# Role in the namespace\n');
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer' } };
    kubectl(
      ['--namespace', suite.namespace, 'apply', '-f', '-'],
      JSON.stringify({ ...role, rules: parse(rules) as unknown }),
    );
    const account = `--serviceaccount=${suite.namespace}:deployer`;
    suite.kubectl('create', 'rolebinding', 'deployer', '--role=deployer', account);
    await suite.deployed(restricted, { resources });
  });

  it('brings a kind together with its first object', async () => {
    const group = `${suite.namespace}.example.com`;
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `flows.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Flow', plural: 'flows' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
              },
            },
          },
        ],
      },
    };
    const flow = { apiVersion: `${group}/v1`, kind: 'Flow', metadata: { name: 'first' }, spec: { a: 'b' } };
    try {
      suite.write(crd, flow);
      const step = await suite.deployed();
      assert.match(step.summary, /could not judge 1 of the objects/);
      assert.equal(suite.field(`flows.${group}/first`, '.spec.a'), 'b');
      suite.write(crd, { ...flow, spec: { a: 'c' } });
      const plan = await suite.deployed({ planOnly: 'true' });
      assert.match(plan.summary, /Flow\/first \| spec\.a/);
      const unknown = { ...flow, apiVersion: `${group}/v2` };
      suite.write(crd, unknown);
      assert.match((await suite.deploy()).message, /the cluster does not know Flow of .*\/v2/);
    } finally {
      kubectl(['delete', 'crd', crd.metadata.name, '--ignore-not-found', '--wait=false']);
    }
  });
});
