import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../../environment';
import { writeFiles } from './buildStep';
import { kubectl } from './cluster';
import {
  DEBIAN,
  deployStep,
  writeManifest,
  type DeployOptions,
  type DeployOutcome,
  type ReleasedImage,
} from './deployStep';
import { pushedDigest, registryOf } from './images';

/** For tests of LangflowDeploy: each has sources and a namespace of its own, and a release of one component, `web`. */
export class DeploySuite {
  environment!: LocalEnvironment;
  folder!: string;
  sources!: string;
  namespace!: string;
  web!: ReleasedImage;

  /** Registers its hooks with mocha's current suite. */
  constructor() {
    before(async () => {
      this.environment = localEnvironment();
      this.folder = mkdtempSync(path.join(tmpdir(), 'deploy-test-'));
      const digest = await pushedDigest(registryOf(this.environment), DEBIAN.repository, DEBIAN.tag);
      assert.ok(digest !== undefined);
      this.web = { ...DEBIAN, digest };
    });
    beforeEach(() => {
      this.namespace = `deploy-${randomBytes(4).toString('hex')}`;
      this.sources = path.join(this.folder, this.namespace);
      mkdirSync(this.sources);
    });
    afterEach(() => {
      kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
    });
    after(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** The objects of the next step. */
  write(...objects: object[]): void {
    writeManifest(path.join(this.sources, 'all.yaml'), objects);
  }

  writeFiles(files: Record<string, string>): void {
    writeFiles(this.sources, files);
  }

  deploy(inputs: Record<string, string> = {}, more: DeployOptions = {}): Promise<DeployOutcome> {
    return deployStep(this, { web: this.web }, inputs, more);
  }

  /** Deploys, and must succeed. */
  async deployed(inputs: Record<string, string> = {}, more: DeployOptions = {}): Promise<DeployOutcome> {
    const step = await this.deploy(inputs, more);
    assert.equal(step.result, 'Succeeded', step.message);
    return step;
  }

  kubectl(...args: string[]): string {
    return kubectl(['--namespace', this.namespace, ...args]);
  }

  /** A field of an object of the namespace, such as `deployment/web` and `.spec.replicas`. */
  field(object: string, jsonPath: string): string {
    return this.kubectl('get', object, '-o', `jsonpath={${jsonPath}}`);
  }

  /** The namespace's phase; empty when there is none. */
  phase(): string {
    return kubectl([
      'get',
      'namespace',
      this.namespace,
      '--ignore-not-found',
      '-o',
      'jsonpath={.status.phase}',
    ]);
  }
}

/** A Deployment of the component `web`, with other fields of its spec and its container. */
export function webDeployment(spec: object = {}, container: object = {}): object {
  return {
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
  };
}

export function settingsMap(data: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data };
}
