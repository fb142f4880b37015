import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { localEnvironment } from '../environment';
import { kubectl } from './support/cluster';
import {
  INSTALLATIONS,
  PlatformNamespace,
  rendered,
  SAMPLES,
  type SampleObject,
  type WorkloadSpec,
} from './support/sampleManifests';

describe('Manifests of the samples, judged by the API server', function () {
  this.timeout(180_000);
  const namespace = new PlatformNamespace();
  /** Definitions that the cluster has because of this test. */
  let installed: string[] = [];

  before(() => {
    installed = installDefinitions(path.join(localEnvironment().state, 'definitions'));
    namespace.create();
  });
  after(() => {
    namespace.remove();
    if (installed.length > 0) kubectl(['delete', ...installed]);
  });

  for (const [overlay, ...components] of INSTALLATIONS)
    it(`takes every object of ${[overlay, ...components].join(' with ')}, and every pod under the restricted Pod Security Standard`, () => {
      const objects = rendered(overlay, ...components);
      assert.ok(objects.length > 15);
      namespace.dryRun(withoutNodePorts(objects));
      const pods = objects.flatMap(({ metadata, spec }) =>
        spec?.template
          ? [
              {
                apiVersion: 'v1',
                kind: 'Pod',
                metadata: { ...spec.template.metadata, name: metadata.name },
                spec: alone(spec),
              },
            ]
          : [],
      );
      assert.ok(pods.length >= 4);
      namespace.dryRun(pods);
    });

  it('takes the monitors of the community’s operator', () => {
    const monitors = parseAllDocuments(
      readFileSync(path.join(SAMPLES, 'monitoring/podMonitors.yaml'), 'utf8'),
    );
    namespace.dryRun(monitors.map((document) => document.toJS() as object));
  });

  it('takes the alert rules as a PrometheusRule', () => {
    const [document] = parseAllDocuments(readFileSync(path.join(SAMPLES, 'monitoring/rules.yml'), 'utf8'));
    namespace.dryRun([
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: 'langflow' },
        spec: document?.toJS() as object,
      },
    ]);
  });

  it('refuses a pod that is not restricted, and an unknown field of an add-on’s object', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root' },
      spec: { containers: [{ name: 'root', image: 'root' }] },
    };
    assert.throws(() => {
      namespace.dryRun([pod]);
    }, /violates PodSecurity "restricted/);
    const monitor = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'backend' },
      spec: { selector: {}, podMetricEndpoints: [] },
    };
    assert.throws(() => {
      namespace.dryRun([monitor]);
    }, /unknown field "podMetricEndpoints"/);
  });

  /** @returns what the cluster did not have before, as kubectl names it */
  function installDefinitions(folder: string): string[] {
    const files = readdirSync(folder).map((name) => path.join(folder, name));
    const missing = files.filter(
      (file) => kubectl(['get', '--ignore-not-found', '-o', 'name', '-f', file]) === '',
    );
    if (missing.length === 0) return [];
    const list = missing.flatMap((file) => ['-f', file]);
    const names = kubectl(['apply', '--server-side', '-o', 'name', ...list]).split('\n');
    kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
    return names;
  }

  /** A workload's pod without what the release brings along: its account, which a dry run would miss, and its claims. */
  function alone({ template, volumeClaimTemplates = [] }: WorkloadSpec): object {
    const {
      serviceAccountName,
      automountServiceAccountToken,
      volumes = [],
      ...rest
    } = template?.spec ?? {
      containers: [],
    };
    assert.ok(
      serviceAccountName ?? automountServiceAccountToken === false,
      'each workload has an account of its own, or no token of any',
    );
    const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }));
    return { ...rest, volumes: [...volumes, ...claimed] };
  }

  function withoutNodePorts(objects: SampleObject[]): object[] {
    const text = JSON.stringify(objects).replaceAll(/,"nodePort":\d+/g, '');
    return JSON.parse(text) as object[];
  }
});
