import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '../errors';
import { keyOf, MANAGED_BY_LABEL, MANAGER, type KubernetesObject } from '../kubernetes/object';

/** `deploying` is left behind by a step that was killed. */
export type RecordStatus = 'deploying' | 'deployed' | 'failed';

/** What one deployment applied, as it is kept in the cluster. */
export interface ReleaseRecord {
  revision: number;
  /** Name of the release. */
  name: string;
  status: RecordStatus;
  objects: KubernetesObject[];
}

/** How many records stay: as many releases one can go back. */
export const RECORDS_KEPT = 10;
const TYPE = 'langflow-delivery/release';
const STATUS_LABEL = 'langflow-delivery/status';
/** https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size */
const LARGEST_SECRET = 1024 * 1024;

/** The label by which records are found. */
export const RECORD_LABEL = { 'langflow-delivery/record': 'release' };

/**
 * The Secret that keeps a record: objects with Secrets among them are as confidential as these.
 * @throws UserError when the objects do not fit into a Secret
 */
export function recordSecret({ revision, name, status, objects }: ReleaseRecord): KubernetesObject {
  const release = gzipSync(JSON.stringify({ name, objects })).toString('base64');
  if (release.length > LARGEST_SECRET) {
    throw new UserError(
      `The release's objects take ${Math.ceil(release.length / 1024)} KiB even when compressed; a Secret, in which they ` +
        'are recorded for the way back, holds 1024 KiB. Move large ConfigMaps out of the manifests; nothing was applied.',
    );
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${MANAGER}.v${revision}`,
      labels: { ...RECORD_LABEL, [MANAGED_BY_LABEL]: MANAGER, [STATUS_LABEL]: status },
    },
    type: TYPE,
    data: { release },
  };
}

/** The records among the Secrets, the latest first. */
export function readRecords(secrets: readonly KubernetesObject[]): ReleaseRecord[] {
  return secrets
    .filter(({ type }) => type === TYPE)
    .map(({ metadata, data }) => {
      const { release = '' } = data as { release?: string };
      const content = JSON.parse(gunzipSync(Buffer.from(release, 'base64')).toString()) as Pick<
        ReleaseRecord,
        'name' | 'objects'
      >;
      return {
        ...content,
        revision: Number(/\.v(\d+)$/.exec(metadata.name)?.[1]),
        status: metadata.labels?.[STATUS_LABEL] as RecordStatus,
      };
    })
    .sort((a, b) => b.revision - a.revision);
}

/** Never deleted by us: what is in them cannot be made again. */
const KEPT_KINDS = new Set(['Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition']);

/** The objects of `from` that none of the others has, as far as they may be deleted. */
export function obsolete(
  from: readonly KubernetesObject[],
  others: readonly (readonly KubernetesObject[])[],
): KubernetesObject[] {
  const kept = new Set(others.flat().map(keyOf));
  return from.filter((object) => !kept.has(keyOf(object)) && !KEPT_KINDS.has(object.kind));
}

/** What a deployment does to the records. */
export interface RecordPlan {
  /** Of this deployment; the former one's when nothing differs. */
  revision: number;
  /** What is restored when the release fails; undefined for the first. */
  former?: ReleaseRecord;
  /** Whether the former deployment applied the very same objects. */
  unchanged: boolean;
  /** Records that make room, with those of deployments that failed. */
  dropped: ReleaseRecord[];
}

/** @param records the latest first */
export function planRecord(
  records: readonly ReleaseRecord[],
  objects: readonly KubernetesObject[],
): RecordPlan {
  const deployed = records.filter(({ status }) => status === 'deployed');
  const [former] = deployed;
  const unchanged = former !== undefined && JSON.stringify(former.objects) === JSON.stringify(objects);
  const revision = unchanged ? former.revision : (records[0]?.revision ?? 0) + 1;
  const kept = deployed.slice(0, unchanged ? RECORDS_KEPT : RECORDS_KEPT - 1);
  return { revision, former, unchanged, dropped: records.filter((record) => !kept.includes(record)) };
}
