import type { RunInfo } from '../common/agent/runInfo';
import type { ReleaseManifest } from '../common/release/release';
import { isWorkload } from '../common/rollout/health';
import type { ManifestObject } from './render/manifest';

/**
 * Says on each workload which run brought it. The pod template stays as it is: another run of the same release rolls
 * nothing.
 */
export function annotateRun(
  objects: readonly ManifestObject[],
  { name, source }: Pick<ReleaseManifest, 'name' | 'source'>,
  run: RunInfo,
): ManifestObject[] {
  return objects.map(({ object, source: place }) => {
    if (!isWorkload(object)) return { object, source: place };
    const annotations = {
      ...object.metadata.annotations,
      'langflow-delivery/release': name,
      'langflow-delivery/commit': source.commit,
      ...(run.url !== undefined && { 'langflow-delivery/run': run.url }),
    };
    return { source: place, object: { ...object, metadata: { ...object.metadata, annotations } } };
  });
}
