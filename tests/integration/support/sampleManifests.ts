import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kubectl } from './cluster';

export const SAMPLES = path.resolve(import.meta.dirname, '../../../samples');

/** Installations of Langflow as the samples have them, and with what the samples offer besides: overlay, components. */
export const INSTALLATIONS: [overlay: string, ...components: string[]][] = [
  ['langflow/manifests/overlays/small'],
  ['langflow/manifests/overlays/local'],
  ['langflow/manifests/overlays/managed'],
  ['environments/overlays/dev'],
  ['environments/overlays/staging'],
  ['environments/overlays/production'],
  ['langflow/manifests/overlays/small', 'langflow/manifests/components/gateway'],
  ['langflow/manifests/overlays/managed', 'langflow/manifests/components/keda'],
  ['langflow/manifests/overlays/small', 'monitoring/exporters', 'monitoring/opentelemetry'],
];

export interface SampleObject {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: WorkloadSpec;
}

export interface WorkloadSpec {
  template?: { metadata: object; spec: PodSpec };
  volumeClaimTemplates?: { metadata: { name: string } }[];
}

interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  volumes?: object[];
  containers: object[];
}

/** YAML of an overlay of the samples, with components as a user would list them. */
export function renderedText(overlay: string, ...components: string[]): string {
  if (components.length === 0) return kubectl(['kustomize', path.join(SAMPLES, overlay)]);
  const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
  // Kustomize takes no absolute paths.
  const from = (name: string): string => path.relative(folder, path.join(SAMPLES, name));
  writeFileSync(
    path.join(folder, 'kustomization.yaml'),
    JSON.stringify({ resources: [from(overlay)], components: components.map(from) }),
  );
  try {
    return kubectl(['kustomize', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function rendered(overlay: string, ...components: string[]): SampleObject[] {
  return parseAllDocuments(renderedText(overlay, ...components)).map(
    (document) => document.toJS() as SampleObject,
  );
}

/** A namespace as samples/langflow/platform makes it, with its identity and roles. */
export class PlatformNamespace {
  readonly name = `samples-${randomUUID().slice(0, 8)}`;

  /** @param bindings whether people and pipeline get their roles */
  create({ bindings = false } = {}): void {
    const platform = rendered('langflow/platform').map((object) => {
      const name = object.kind === 'Namespace' ? this.name : object.metadata.name;
      return JSON.parse(
        JSON.stringify({ ...object, metadata: { ...object.metadata, name } }).replaceAll(
          '"namespace":"langflow"',
          `"namespace":"${this.name}"`,
        ),
      ) as SampleObject;
    });
    this.apply(platform.filter(({ kind }) => kind === 'Namespace'));
    this.apply(platform.filter(({ kind }) => kind !== 'Namespace' && (bindings || kind !== 'RoleBinding')));
  }

  remove(): void {
    kubectl(['delete', 'namespace', this.name, '--ignore-not-found', '--wait=false']);
  }

  apply(objects: readonly object[], ...flags: string[]): void {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    kubectl(['apply', '--server-side', '--namespace', this.name, '--filename=-', ...flags], list);
  }

  /** The API server's judgement: schema, admission, Pod Security; nothing is kept. */
  dryRun(objects: readonly object[]): void {
    this.apply(objects, '--dry-run=server');
  }
}
