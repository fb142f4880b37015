import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { writeFiles } from './support/buildStep';
import { kubectl } from './support/cluster';
import {
  DEBIAN,
  deployStep,
  writeManifest,
  type DeployOptions,
  type DeployOutcome,
  type ReleasedImage,
} from './support/deployStep';
import { pushedDigest, registryOf } from './support/images';

describe('the plan of LangflowDeploy', function () {
  this.timeout(180_000);

  let environment: LocalEnvironment;
  let folder: string;
  let web: ReleasedImage;
  let namespace: string;
  let sources: string;

  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'deploy-plan-'));
    const digest = await pushedDigest(registryOf(environment), DEBIAN.repository, DEBIAN.tag);
    assert.ok(digest !== undefined);
    web = { ...DEBIAN, digest };
  });
  beforeEach(() => {
    namespace = `plan-${randomBytes(4).toString('hex')}`;
    sources = path.join(folder, namespace);
    mkdirSync(sources);
  });
  afterEach(() => {
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = (inputs: Record<string, string> = {}, more: DeployOptions = {}): Promise<DeployOutcome> =>
    deployStep({ environment, folder, sources, namespace }, { web }, inputs, more);

  const write = (...objects: object[]): void => {
    writeManifest(path.join(sources, 'all.yaml'), objects);
  };

  const settings = (color: string): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { COLOR: color, TEXT: 'one\ntwo\n##vso[task.setvariable variable=forged]yes\n' },
  });
  const secret = (password: string): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'passwords' },
    stringData: { PASSWORD: password, SAME: 'same-s3cret' },
  });
  const deployment = (spec: object = {}, container: object = {}): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'main', image: 'web', command: ['sleep', '3600'], ...container }],
        },
      },
      ...spec,
    },
  });

  const namespaceNow = (): string =>
    kubectl(['get', 'namespace', namespace, '--ignore-not-found', '-o', 'name']);

  /** Everything in the namespace with its resourceVersion. */
  const versions = (): string =>
    kubectl([
      ...['-n', namespace, 'get', 'deployments,secrets,configmaps,jobs,services,leases', '-o'],
      'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ]);

  const field = (object: string, jsonPath: string): string =>
    kubectl(['-n', namespace, 'get', object, '-o', `jsonpath={${jsonPath}}`]);

  it('plans a first release without making its namespace, and says what it could not find out', async () => {
    write(settings('red'), deployment());
    const step = await deploy({ planOnly: 'true' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(step.outputs.changes, '2');
    assert.equal(step.outputs.outcome, undefined);
    assert.match(step.message, /2 to create, 0 to change, 0 to remove, 0 unchanged/);
    assert.match(step.summary, /could not judge 2 of the objects/);
    assert.match(step.summary, /create ConfigMap&#47;settings|create ConfigMap\/settings/);
    assert.equal(namespaceNow(), '');
  });

  it('refuses a field that does not exist before there is a namespace', async () => {
    write(settings('red'), deployment({ replica: 2 }));
    const step = await deploy({ planOnly: 'true' });
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Deployment\/web: .*replica/);
    assert.equal(namespaceNow(), '');
  });

  it('takes the namespace of a refused first release away again', async () => {
    write(settings('red'), deployment({ replicas: -1 }));
    const step = await deploy();
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /refuses 1 of 2 objects; nothing was applied[^]*all\.yaml, line \d+: Deployment\/web: [^]*spec\.replicas/,
    );
    assert.match(
      kubectl([
        'get',
        'namespaces',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}',
      ]),
      new RegExp(`^(?!${namespace} Active)`, 'm'),
    );
    assert.notEqual(field(`namespace/${namespace}`, '.status.phase'), 'Active');
  });

  it('shows what changes, redacted, and changes nothing', async () => {
    write(
      settings('red'),
      secret('old-s3cret'),
      deployment({}, { envFrom: [{ secretRef: { name: 'passwords' } }] }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'old' },
        spec: { ports: [{ port: 80 }] },
      },
    );
    const first = await deploy();
    assert.equal(first.result, 'Succeeded', first.message);
    assert.equal(first.outputs.changes, '4');
    const before = versions();

    write(
      settings('blue'),
      secret('new-s3cret'),
      deployment({}, { envFrom: [{ secretRef: { name: 'passwords' } }] }),
    );
    const step = await deploy({ planOnly: 'true' });
    assert.equal(step.result, 'Succeeded', step.message);
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

    const unchanged = await deploy();
    assert.equal(unchanged.result, 'Succeeded', unchanged.message);
    const again = await deploy({ planOnly: 'true' });
    assert.equal(again.outputs.changes, '0', again.summary);
  });

  it('names the manager and the field of a conflict, and takes it over when told to', async () => {
    write(deployment({ replicas: 1 }));
    const first = await deploy();
    assert.equal(first.result, 'Succeeded', first.message);
    kubectl(['-n', namespace, 'scale', 'deployment/web', '--replicas=2']);

    write(deployment({ replicas: 3 }));
    const refused = await deploy();
    assert.equal(refused.result, 'Failed');
    assert.match(
      refused.message,
      /Deployment\/web: .*conflict with "kubectl"[^]*\.spec\.replicas[^]*forceConflicts/,
    );
    assert.equal(field('deployment/web', '.spec.replicas'), '2');

    const forced = await deploy({ forceConflicts: 'true' });
    assert.equal(forced.result, 'Succeeded', forced.message);
    assert.equal(field('deployment/web', '.spec.replicas'), '3');
  });

  it('keeps the replicas of a workload when an autoscaler takes it over, and after', async () => {
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
    write(deployment({ replicas: 3 }));
    const before = await deploy();
    assert.equal(before.result, 'Succeeded', before.message);

    write(deployment({ replicas: 1 }), autoscaler);
    const taken = await deploy();
    assert.equal(taken.result, 'Succeeded', taken.message);
    assert.match(taken.message, /deployed/);
    assert.equal(field('deployment/web', '.spec.replicas'), '3', 'handed over as they were');

    // As the autoscaler does it.
    kubectl(['-n', namespace, 'scale', 'deployment/web', '--replicas=4']);
    write(deployment({ replicas: 1 }, { env: [{ name: 'A', value: '1' }] }), autoscaler);
    const step = await deploy();
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(field('deployment/web', '.spec.replicas'), '4');
  });

  it('sets the rolling update, and warns about what costs requests', async () => {
    write(deployment({ replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 1 } } }), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    const step = await deploy({ maxSurge: '2', maxUnavailable: '0' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.deepEqual(JSON.parse(field('deployment/web', '.spec.strategy.rollingUpdate')), {
      maxSurge: 2,
      maxUnavailable: 0,
    });
    assert.match(
      step.log,
      /Deployment\/web has no PodDisruptionBudget[^]*has no readinessProbe[^]*has no preStop/,
    );
    assert.match(step.summary, /May cost requests/);
    const wrong = await deploy({ maxSurge: '0', maxUnavailable: '0' });
    assert.match(wrong.message, /maxUnavailable/);
  });

  it('deploys an overlay by the digests of the release', async () => {
    writeFiles(sources, {
      'base/kustomization.yaml': stringify({
        resources: ['web.yaml'],
        configMapGenerator: [{ name: 'settings', literals: ['COLOR=red', 'NAME=Grüße 你好'] }],
      }),
      'base/web.yaml': stringify(deployment({}, { envFrom: [{ configMapRef: { name: 'settings' } }] })),
      'overlays/production/kustomization.yaml': stringify({
        resources: ['../../base'],
        labels: [{ pairs: { stage: 'production' } }],
        replicas: [{ name: 'web', count: 2 }],
        configMapGenerator: [{ name: 'settings', behavior: 'merge', literals: ['COLOR=blue'] }],
      }),
    });
    const step = await deploy({ manifests: 'overlays/production' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.equal(field('deployment/web', '.spec.replicas'), '2');
    assert.match(
      field('deployment/web', '.spec.template.spec.containers[0].image'),
      new RegExp(`@${web.digest}$`),
    );
    const name = field('deployment/web', '.spec.template.spec.containers[0].envFrom[0].configMapRef.name');
    assert.deepEqual(JSON.parse(field(`configmap/${name}`, '.data')), { COLOR: 'blue', NAME: 'Grüße 你好' });
    assert.equal(field(`configmap/${name}`, '.immutable'), 'true');

    writeFiles(sources, { 'overlays/production/kustomization.yaml': 'resources: [../../nowhere]\n' });
    const wrong = await deploy({ manifests: 'overlays/production' });
    assert.equal(wrong.result, 'Failed');
    assert.match(wrong.message, /kubectl[^]*nowhere/);
    const file = await deploy({ manifests: 'overlays/*/*.yaml' });
    assert.match(file.message, /This is a kustomization; write its folder, 'overlays\/production'/);
  });

  it('deploys a chart for the cluster that it meets, with its hooks', async () => {
    const hook = (name: string, hooks: string): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, annotations: { 'helm.sh/hook': hooks } },
      spec: {
        backoffLimit: 0,
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'web', command: ['true'] }] },
        },
      },
    });
    const web_ = stringify(deployment()).replace('name: web', 'name: {{ .Release.Name }}-web');
    writeFiles(sources, {
      'chart/Chart.yaml': stringify({ apiVersion: 'v2', name: 'langflow', version: '1.0.0' }),
      'chart/values.yaml': stringify({ color: 'red' }),
      'chart/templates/web.yaml': web_,
      'chart/templates/settings.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata:\n' +
        '  color: {{ .Values.color | quote }}\n  version: {{ .Capabilities.KubeVersion.Version }}\n' +
        '  budgets: "{{ .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}"\n' +
        '  nothing: "{{ .Capabilities.APIVersions.Has "example.com/v1/Nothing" }}"\n',
      'chart/templates/migrate.yaml': stringify(hook('migrate', 'pre-install,pre-upgrade')),
      'chart/templates/tests/test.yaml': stringify(hook('test', 'test')),
      'production.yaml': stringify({ color: 'blue' }),
    });
    const inputs = { manifests: '', chart: 'chart', chartValues: 'production.yaml', releaseName: 'lf' };
    const step = await deploy(inputs);
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(step.log, /Left out Job\/test: it is a Helm hook \(test\)/);
    const names = kubectl(['-n', namespace, 'get', 'deployments,jobs', '-o', 'name']);
    assert.match(names, /^deployment\.apps\/lf-web\njob\.batch\/migrate-[0-9a-f]{10}$/);
    const [settingsName] = kubectl(['-n', namespace, 'get', 'configmaps', '-o', 'name'])
      .split('\n')
      .filter((name) => name.startsWith('configmap/settings-'));
    assert.deepEqual(JSON.parse(field(settingsName ?? '', '.data')), {
      color: 'blue',
      version: (parse(kubectl(['version', '-o', 'yaml'])) as { serverVersion: { gitVersion: string } })
        .serverVersion.gitVersion,
      budgets: 'true',
      nothing: 'false',
    });

    writeFiles(sources, { 'chart/templates/settings.yaml': '{{ fail "no-such-luck" }}' });
    const wrong = await deploy(inputs);
    assert.equal(wrong.result, 'Failed');
    assert.match(wrong.message, /helm[^]*no-such-luck/);
  });

  it('lists every permission that is missing, and needs no other than these', async () => {
    kubectl(['create', 'namespace', namespace]);
    kubectl(['-n', namespace, 'create', 'serviceaccount', 'deployer']);
    const token = kubectl(['-n', namespace, 'create', 'token', 'deployer']);
    const kubeconfig = parse(environment.kubeconfig) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    };
    const { cluster } = kubeconfig.clusters[0];
    const resources = structuredClone(environment.resources);
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
    write(settings('red'), deployment());
    const restricted = { kubernetesServiceConnection: 'restricted' };
    const refused = await deploy(restricted, { resources });
    assert.equal(refused.result, 'Failed');
    assert.match(
      refused.message,
      new RegExp(`user 'system:serviceaccount:${namespace}:deployer' lacks \\d+ of the \\d+`),
    );
    assert.match(refused.message, new RegExp(`- patch deployments\\.apps in ${namespace}\n`));
    assert.match(refused.message, /- get pods\/log in/);

    const [, rules = ''] = refused.message.split('# Role in the namespace\n');
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer' } };
    kubectl(
      ['-n', namespace, 'apply', '-f', '-'],
      JSON.stringify({ ...role, rules: parse(rules) as unknown }),
    );
    kubectl([
      '-n',
      namespace,
      'create',
      'rolebinding',
      'deployer',
      '--role=deployer',
      `--serviceaccount=${namespace}:deployer`,
    ]);
    const step = await deploy(restricted, { resources });
    assert.equal(step.result, 'Succeeded', step.message);
  });

  it('reports an image without a digest when told to, and refuses it otherwise', async () => {
    const image = `${environment.registryHost}/${DEBIAN.repository}:${DEBIAN.tag}`;
    write(
      deployment(
        {},
        {
          image: image
            .replace(DEBIAN.repository, 'mirror/library/python')
            .replace(DEBIAN.tag, '3.11-slim-bookworm'),
        },
      ),
    );
    const refused = await deploy();
    assert.match(refused.message, /container 'main': .*python:3\.11-slim-bookworm[^]*strictImages/);
    const step = await deploy({ strictImages: 'false' });
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(step.log, /nobody knows what will run/);
  });
});
