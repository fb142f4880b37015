import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl } from './support/cluster';
import { deployStep, writeManifest, type ReleasedImage } from './support/deployStep';
import { pushImage, registryOf } from './support/images';
import { smokeStep } from './support/smokeStep';

/** A release that starts, is ready and yet does not do what it should: only the smoke test finds out. */
describe('LangflowSmokeTest with onFailure: rollback', function () {
  this.timeout(300_000);

  const nonce = randomBytes(4).toString('hex');
  const namespace = `smoke-rollback-${nonce}`;
  let environment: LocalEnvironment;
  let folder: string;
  let sources: string;

  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'smoke-rollback-'));
    sources = path.join(folder, 'sources');
    mkdirSync(sources);
    kubectl(['create', 'namespace', namespace]);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  async function push(answer: string): Promise<ReleasedImage> {
    const repository = `tests/${namespace}`;
    const files = {
      'bin/busybox': readFileSync('/bin/busybox'),
      'www/health': '{"status":"ok"}',
      'www/answer': answer,
    };
    const entrypoint = ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'];
    const digest = await pushImage(registryOf(environment), repository, files, 'linux/amd64', entrypoint);
    return { repository, digest };
  }

  /** Deploys and returns the path of the release manifest. */
  async function deploy(image: ReleasedImage): Promise<string> {
    const labels = { app: 'web' };
    writeManifest(path.join(sources, 'web.yaml'), [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [
                {
                  name: 'web',
                  image: 'web',
                  readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
                },
              ],
            },
          },
        },
      },
    ]);
    const step = await deployStep({ environment, folder, sources, namespace }, { web: image });
    assert.equal(step.result, 'Succeeded', step.message);
    return step.file;
  }

  const CHECKS =
    "checks: [{ name: answer, http: { target: 'service/web:80', path: /answer }, expect: { contains: right } }]";
  const runningImages = (): string =>
    kubectl([
      'get',
      'deployment/web',
      '-n',
      namespace,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image} {.status.readyReplicas}',
    ]);

  it('puts the release before back and waits until it serves', async () => {
    const good = await push('right');
    const first = await deploy(good);
    const place = { environment, folder, namespace };
    const passed = await smokeStep(place, CHECKS, first, { inputs: { onFailure: 'rollback' } });
    assert.equal(passed.result, 'Succeeded', passed.message);
    assert.equal(passed.section?.rollback, undefined);

    const bad = await push('wrong');
    const second = await deploy(bad);
    const left = await smokeStep(place, CHECKS, second);
    assert.equal(left.result, 'Failed');
    assert.match(runningImages(), new RegExp(`@${bad.digest} 2$`), 'without the input it stays');

    const step = await smokeStep(place, CHECKS, second, { inputs: { onFailure: 'rollback' } });
    assert.equal(step.result, 'Failed', 'the release has failed, whatever became of it');
    assert.deepEqual(Object.keys(step.failures), ['answer']);
    assert.match(step.message, /Rolled back to release r \(revision 1\), which is healthy\./);
    assert.deepEqual([step.section?.verdict, step.section?.rollback], ['failed', 'restored']);
    assert.equal(step.outputs.rollback, 'restored');
    assert.match(step.summary, /Rolled back to release r/);
    assert.match(runningImages(), new RegExp(`@${good.digest} 2$`));

    const again = await smokeStep(place, CHECKS, first);
    assert.equal(again.result, 'Succeeded', 'the release before serves');
  });

  it('says that there is nothing to go back to', async () => {
    const none = `${namespace}-none`;
    kubectl(['create', 'namespace', none]);
    try {
      const image = await push('right');
      const component = {
        name: 'web',
        image: `${environment.registryHost}/${image.repository}`,
        digest: image.digest,
      };
      const step = await smokeStep({ environment, folder, namespace: none }, CHECKS, [component], {
        inputs: { onFailure: 'rollback' },
      });
      assert.equal(step.section?.rollback, 'notRestored');
      assert.match(step.message, /The rollback failed: There is no other release in the namespace/);
    } finally {
      kubectl(['delete', 'namespace', none, '--wait=false']);
    }
  });
});
