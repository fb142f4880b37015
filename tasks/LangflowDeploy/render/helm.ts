import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { info } from '../../common/agent/log';
import { workingDirectory } from '../../common/agent/inputs';
import { InputError, UserError } from '../../common/errors';
import type { Cluster } from '../../common/kubernetes/cluster';
import { nameOf, type KubernetesObject } from '../../common/kubernetes/object';
import { relativePath } from '../../common/paths';
import { run } from '../../common/process';
import { PRUNE_ANNOTATION } from '../../common/rollout/record';
import { WAVE_ANNOTATION } from '../../common/rollout/waves';
import { findProgram } from '../../common/tools/program';
import { clusterCapabilities } from './capabilities';
import { parseManifest, type ManifestObject } from './manifest';
import { HELM } from './programs';
import { inTemporaryFolder } from './temporary';

export interface ChartSettings {
  /** Absolute path of the chart's folder or archive. */
  chart: string;
  /** Absolute paths, the later ones over the earlier. */
  valuesFiles: string[];
  releaseName: string;
}

/**
 * Renders a chart as `helm install` would, for the version and the kinds of the cluster; helm itself never talks to it.
 * @throws UserError with helm's last words
 */
export async function renderChart(
  { chart, valuesFiles, releaseName }: ChartSettings,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ManifestObject[]> {
  const { file: helm } = await findProgram(HELM);
  const { version, kinds } = await clusterCapabilities(cluster.client);
  const name = relativePath(workingDirectory(), chart);
  const objects = await inTemporaryFolder('helm-', async (temporary) => {
    const args = [
      ...['template', releaseName, chart, '--namespace', cluster.namespace, '--include-crds'],
      ...valuesFiles.flatMap((values) => ['--values', values]),
      ...['--kube-version', version, '--api-versions', kinds.join(',')],
      // Files, of which each says its template; and task-lib's lines split characters that come in two pieces.
      ...['--output-dir', temporary],
    ];
    await run(helm, args, { signal, silent: true });
    return readdirSync(temporary, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .flatMap((file) =>
        parseManifest(readFileSync(file, 'utf8'), `${name}: ${relativePath(temporary, file)}, as rendered`),
      );
  });
  if (objects.length === 0) throw new InputError('chart', name, 'a chart that renders at least one object');
  const { kept, leftOut } = withoutForeignHooks(objects);
  info(`Rendered ${name}: ${kept.length} objects.`);
  for (const { object, hooks } of leftOut)
    info(
      `Left out ${nameOf(object)}: it is a Helm hook (${hooks.join(', ')}) that a release has no use for.`,
    );
  return kept.map(keepWhatHelmKeeps);
}

/** https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource */
const POLICY = 'helm.sh/resource-policy';

export function keepWhatHelmKeeps({ object, source }: ManifestObject): ManifestObject {
  const { annotations } = object.metadata;
  if (annotations?.[POLICY] !== 'keep') return { object, source };
  return { source, object: withAnnotations(object, { [PRUNE_ANNOTATION]: 'false', ...annotations }) };
}

function withAnnotations(object: KubernetesObject, annotations: Record<string, string>): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

const HOOK = 'helm.sh/hook';
/** Hooks that run around an installation or an upgrade. */
const OF_RELEASE = new Set(['pre-install', 'pre-upgrade', 'post-install', 'post-upgrade', 'crd-install']);
const KNOWN = new Set([
  ...OF_RELEASE,
  ...['pre-delete', 'post-delete', 'pre-rollback', 'post-rollback', 'test', 'test-success', 'test-failure'],
]);

/**
 * Hooks have no life of their own here: what runs before (a Job) is a migration, which runs once for its content and before
 * the workloads; what runs after comes with the last wave; tests, and what runs at a deletion or by `helm rollback`, are left
 * out. https://helm.sh/docs/topics/charts_hooks/
 */
export function withoutForeignHooks(objects: readonly ManifestObject[]): {
  kept: ManifestObject[];
  leftOut: (ManifestObject & { hooks: string[] })[];
} {
  const kept: ManifestObject[] = [];
  const leftOut: (ManifestObject & { hooks: string[] })[] = [];
  for (const item of objects) {
    const { annotations } = item.object.metadata;
    const hooks = (annotations?.[HOOK] ?? '')
      .split(',')
      .map((hook) => hook.trim())
      .filter((hook) => hook !== '');
    const unknown = hooks.find((hook) => !KNOWN.has(hook));
    if (unknown !== undefined) {
      throw new UserError(
        `${item.source}: ${nameOf(item.object)} has the Helm hook '${unknown}', which is not known; accepted are ${[...KNOWN].join(', ')}.`,
      );
    }
    if (hooks.length > 0 && !hooks.some((hook) => OF_RELEASE.has(hook))) leftOut.push({ ...item, hooks });
    else kept.push(hooks.length > 0 && hooks.every(runsAfter) ? inLastWave(item) : item);
  }
  return { kept, leftOut };
}

function runsAfter(hook: string): boolean {
  return !hook.startsWith('pre-') && hook !== 'crd-install';
}

function inLastWave({ object, source }: ManifestObject): ManifestObject {
  const annotations = { [WAVE_ANNOTATION]: 'frontend', ...object.metadata.annotations };
  return { source, object: withAnnotations(object, annotations) };
}
