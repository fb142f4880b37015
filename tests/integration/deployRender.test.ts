import assert from 'node:assert/strict';
import { parse, stringify } from 'yaml';
import { PYTHON } from './support/deployStep';
import { DeploySuite, webDeployment } from './support/deploySuite';

describe('what LangflowDeploy renders', function () {
  this.timeout(180_000);
  const suite = new DeploySuite();

  it('deploys an overlay by the digests of the release', async () => {
    suite.writeFiles({
      'base/kustomization.yaml': stringify({
        resources: ['web.yaml'],
        configMapGenerator: [{ name: 'settings', literals: ['COLOR=red', 'NAME=Grüße 你好'] }],
      }),
      'base/web.yaml': stringify(webDeployment({}, { envFrom: [{ configMapRef: { name: 'settings' } }] })),
      'overlays/production/kustomization.yaml': stringify({
        resources: ['../../base'],
        labels: [{ pairs: { stage: 'production' } }],
        replicas: [{ name: 'web', count: 2 }],
        configMapGenerator: [{ name: 'settings', behavior: 'merge', literals: ['COLOR=blue'] }],
      }),
    });
    await suite.deployed({ manifests: 'overlays/production' });
    assert.equal(suite.field('deployment/web', '.spec.replicas'), '2');
    assert.match(
      suite.field('deployment/web', '.spec.template.spec.containers[0].image'),
      new RegExp(`@${suite.web.digest}$`),
    );
    const name = suite.field(
      'deployment/web',
      '.spec.template.spec.containers[0].envFrom[0].configMapRef.name',
    );
    assert.deepEqual(JSON.parse(suite.field(`configmap/${name}`, '.data')), {
      COLOR: 'blue',
      NAME: 'Grüße 你好',
    });
    assert.equal(suite.field(`configmap/${name}`, '.immutable'), 'true');

    suite.writeFiles({ 'overlays/production/kustomization.yaml': 'resources: [../../nowhere]\n' });
    const wrong = await suite.deploy({ manifests: 'overlays/production' });
    assert.equal(wrong.result, 'Failed');
    assert.match(wrong.message, /kubectl[^]*nowhere/);
    const file = await suite.deploy({ manifests: 'overlays/*/*.yaml' });
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
    const web_ = stringify(webDeployment()).replace('name: web', 'name: {{ .Release.Name }}-web');
    suite.writeFiles({
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
    const step = await suite.deployed(inputs);
    assert.match(step.log, /Left out Job\/test: it is a Helm hook \(test\)/);
    const names = suite.kubectl('get', 'deployments,jobs', '-o', 'name');
    assert.match(names, /^deployment\.apps\/lf-web\njob\.batch\/migrate-[0-9a-f]{10}$/);
    const [settingsName] = suite
      .kubectl('get', 'configmaps', '-o', 'name')
      .split('\n')
      .filter((name) => name.startsWith('configmap/settings-'));
    assert.deepEqual(JSON.parse(suite.field(settingsName ?? '', '.data')), {
      color: 'blue',
      version: (parse(suite.kubectl('version', '-o', 'yaml')) as { serverVersion: { gitVersion: string } })
        .serverVersion.gitVersion,
      budgets: 'true',
      nothing: 'false',
    });

    suite.writeFiles({ 'chart/templates/settings.yaml': '{{ fail "no-such-luck" }}' });
    const wrong = await suite.deploy(inputs);
    assert.equal(wrong.result, 'Failed');
    assert.match(wrong.message, /helm[^]*no-such-luck/);
  });

  it('reports an image without a digest when told to, and refuses it otherwise', async () => {
    const image = `${suite.environment.registryHost}/${PYTHON.repository}:${PYTHON.tag}`;
    suite.write(webDeployment({}, { image }));
    const refused = await suite.deploy();
    assert.match(refused.message, /container 'main': .*python:3\.11-slim-bookworm[^]*strictImages/);
    const step = await suite.deployed({ strictImages: 'false' });
    assert.match(step.log, /nobody knows what will run/);
  });
});
