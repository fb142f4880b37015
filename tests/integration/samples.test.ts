import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { localEnvironment } from '../environment';
import { kubectl } from './support/cluster';

const SAMPLES = path.resolve(import.meta.dirname, '../../samples');
const OVERLAYS = [
  'langflow/manifests/overlays/small',
  'langflow/manifests/overlays/local',
  'langflow/manifests/overlays/managed',
  'environments/overlays/dev',
  'environments/overlays/staging',
  'environments/overlays/production',
];

interface Workload {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: WorkloadSpec;
}

interface WorkloadSpec {
  template?: { metadata: object; spec: PodSpec };
  volumeClaimTemplates?: { metadata: { name: string } }[];
}

interface PodSpec {
  serviceAccountName?: string;
  volumes?: object[];
  containers: object[];
}

const rendered = (folder: string): Workload[] =>
  parseAllDocuments(kubectl(['kustomize', path.join(SAMPLES, folder)])).map(
    (document) => document.toJS() as Workload,
  );

describe('Manifests of the samples, judged by the API server', function () {
  this.timeout(120_000);
  const namespace = `samples-${randomUUID().slice(0, 8)}`;
  let folder: string;

  before(() => {
    localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
    // The namespace as samples/langflow/platform makes it, with its roles.
    const platform = rendered('langflow/platform').map((object) => {
      const name = object.kind === 'Namespace' ? namespace : object.metadata.name;
      return { ...object, metadata: { ...object.metadata, name, namespace: undefined } };
    });
    apply(platform.filter(({ kind }) => kind === 'Namespace'));
    apply(platform.filter(({ kind }) => kind !== 'Namespace' && kind !== 'RoleBinding'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  function apply(objects: object[], ...flags: string[]): void {
    const file = path.join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    kubectl(['apply', '--server-side', '--namespace', namespace, '--filename', file, ...flags]);
  }

  for (const overlay of OVERLAYS)
    it(`takes every object of ${overlay}, and every pod under the restricted Pod Security Standard`, () => {
      const objects = rendered(overlay);
      assert.ok(objects.length > 15);
      apply(withoutNodePorts(objects), '--dry-run=server');
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
      apply(pods, '--dry-run=server');
    });

  it('refuses a pod that is not restricted', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root' },
      spec: { containers: [{ name: 'root', image: 'root' }] },
    };
    assert.throws(() => {
      apply([pod], '--dry-run=server');
    }, /violates PodSecurity "restricted/);
  });

  /** A workload's pod without what the release brings along: its account, which a dry run would miss, and its claims. */
  function alone({ template, volumeClaimTemplates = [] }: WorkloadSpec): object {
    const { serviceAccountName, volumes = [], ...rest } = template?.spec ?? { containers: [] };
    assert.ok(serviceAccountName, 'each workload has an account of its own');
    const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }));
    return { ...rest, volumes: [...volumes, ...claimed] };
  }

  function withoutNodePorts(objects: Workload[]): object[] {
    const text = JSON.stringify(objects).replaceAll(/,"nodePort":\d+/g, '');
    return JSON.parse(text) as object[];
  }
});

describe('Manifests and Dockerfiles of the samples, judged by Trivy', function () {
  this.timeout(300_000);

  it('have no misconfiguration of severity HIGH or CRITICAL', () => {
    localEnvironment();
    const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
    try {
      for (const overlay of OVERLAYS)
        writeFileSync(
          path.join(folder, `${overlay.replaceAll('/', '-')}.yaml`),
          kubectl(['kustomize', path.join(SAMPLES, overlay)]),
        );
      for (const target of [folder, path.join(SAMPLES, 'langflow')]) {
        const found = misconfigurations(target);
        assert.deepEqual(found, [], target);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  function misconfigurations(folder: string): string[] {
    const ignored = `--ignorefile=${path.join(SAMPLES, 'langflow/trivyignore.yaml')}`;
    const options = ['--quiet', ignored, '--format=json', '--severity=HIGH,CRITICAL', '--skip-check-update'];
    const output = execFileSync('trivy', ['config', ...options, folder], { encoding: 'utf8' });
    const { Results = [] } = JSON.parse(output) as {
      Results?: { Target: string; Misconfigurations?: { ID: string; Message: string }[] }[];
    };
    assert.ok(Results.length > 4, 'Trivy understood the files');
    return Results.flatMap(({ Target, Misconfigurations = [] }) =>
      Misconfigurations.map(({ ID, Message }) => `${Target}: ${ID} ${Message}`),
    );
  }
});
