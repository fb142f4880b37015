import { gunzipSync, gzipSync } from 'node:zlib';
import type { RunInfo } from '../agent/runInfo';
import { UserError } from '../errors';
import { keyOf, MANAGED_BY_LABEL, MANAGER, type KubernetesObject } from '../kubernetes/object';

/**
 * - `deploying`: going on, or left behind by a step that was killed
 * - `deployed`: became healthy; the latest of these is the current release
 * - `canary`: a part of its pods serves beside the current release, until it is promoted or rejected
 * - `failed`: did not, or was found wanting later; nothing goes back to it
 */
export type RecordStatus = 'deploying' | 'deployed' | 'canary' | 'failed';

/** What one deployment applied, as it is kept in the cluster. */
export interface ReleaseRecord {
  revision: number;
  /** Name of the release. */
  name: string;
  status: RecordStatus;
  objects: KubernetesObject[];
  /** What was applied in place of `objects`, so that a part of the pods serves beside the former release. */
  canary?: Canary;
  /** Digest by component. */
  digests: Record<string, string>;
  /** RFC 3339, when the deployment began. */
  time: string;
  run: RunInfo;
  /** The revision whose objects this one brought back. */
  rollbackTo?: number;
  /** `keyOf` the objects that were there before the first release without a record; they stay when it is removed. */
  before?: string[];
}

export interface Canary {
  /** Percent of the replicas. */
  share: number;
  objects: KubernetesObject[];
}

/** What the deployment of a record has applied. */
export function appliedBy({ objects, canary }: ReleaseRecord): KubernetesObject[] {
  return canary?.objects ?? objects;
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
 * The Secret that keeps a record: objects with Secrets among them are as confidential as these. Its annotations say to a
 * person with kubectl what it is.
 * @throws UserError when the objects do not fit into a Secret
 */
export function recordSecret({ revision, status, ...content }: ReleaseRecord): KubernetesObject {
  const release = gzipSync(JSON.stringify(content)).toString('base64');
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
      name: recordName(revision),
      labels: { ...RECORD_LABEL, [MANAGED_BY_LABEL]: MANAGER, [STATUS_LABEL]: status },
      annotations: {
        'langflow-delivery/release': content.name,
        'langflow-delivery/time': content.time,
        ...(content.run.by !== undefined && { 'langflow-delivery/by': content.run.by }),
        ...(content.run.url !== undefined && { 'langflow-delivery/run': content.run.url }),
      },
    },
    type: TYPE,
    data: { release },
  };
}

export function recordName(revision: number): string {
  return `${MANAGER}.v${revision}`;
}

/** The records among the Secrets, the latest first. */
export function readRecords(secrets: readonly KubernetesObject[]): ReleaseRecord[] {
  return secrets
    .filter(({ type }) => type === TYPE)
    .map(readRecord)
    .sort((a, b) => b.revision - a.revision);
}

function readRecord({ metadata, data }: KubernetesObject): ReleaseRecord {
  const { release = '' } = data as { release?: string };
  try {
    const content = JSON.parse(gunzipSync(Buffer.from(release, 'base64')).toString()) as Omit<
      ReleaseRecord,
      'revision' | 'status'
    >;
    return {
      ...content,
      revision: Number(/\.v(\d+)$/.exec(metadata.name)?.[1]),
      status: metadata.labels?.[STATUS_LABEL] as RecordStatus,
    };
  } catch {
    throw new UserError(
      `The release record Secret/${metadata.name} cannot be read, so that it is not known what to go back to; ` +
        'nothing was applied. Delete this Secret if its release need not be restored any more.',
    );
  }
}

/** Never deleted by us: what is in them cannot be made again. */
const KEPT_KINDS = new Set(['Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition']);
/** An object with `"false"` stays when it leaves the release. */
export const PRUNE_ANNOTATION = 'langflow-delivery/prune';

/** The objects of `from` that none of the others has, each once, as far as they may be deleted. */
export function obsolete(
  from: readonly KubernetesObject[],
  others: readonly (readonly KubernetesObject[])[],
): KubernetesObject[] {
  const kept = new Set(others.flat().map(keyOf));
  const superfluous = from.filter(
    (object) =>
      !kept.has(keyOf(object)) &&
      !KEPT_KINDS.has(object.kind) &&
      object.metadata.annotations?.[PRUNE_ANNOTATION] !== 'false',
  );
  return [...new Map(superfluous.map((object) => [keyOf(object), object])).values()];
}

/** What a deployment does to the records. */
export interface RecordPlan {
  /** Of this deployment; the former one's when nothing differs. */
  revision: number;
  /** What is restored when the release fails; undefined for the first. */
  former?: ReleaseRecord;
  /** Whether the former deployment applied the very same objects, and nothing has touched them since. */
  unchanged: boolean;
  /** Deployments that were killed: what they have left half must not stay. */
  crashed: ReleaseRecord[];
  /** Canaries that nobody has promoted or rejected: the next release replaces them. */
  canaries: ReleaseRecord[];
  /** Records that make room, with those of deployments that failed. */
  dropped: ReleaseRecord[];
}

/** @param records the latest first */
export function planRecord(
  records: readonly ReleaseRecord[],
  objects: readonly KubernetesObject[],
): RecordPlan {
  const deployed = records.filter(({ status }) => status === 'deployed');
  const crashed = records.filter(({ status }) => status === 'deploying');
  const canaries = records.filter(({ status }) => status === 'canary');
  const [former] = deployed;
  const unchanged =
    former !== undefined &&
    crashed.length === 0 &&
    canaries.length === 0 &&
    JSON.stringify(former.objects.map(content)) === JSON.stringify(objects.map(content));
  const revision = unchanged ? former.revision : (records[0]?.revision ?? 0) + 1;
  const kept = deployed.slice(0, unchanged ? RECORDS_KEPT : RECORDS_KEPT - 1);
  return {
    revision,
    former,
    unchanged,
    crashed,
    canaries,
    dropped: records.filter((record) => !kept.includes(record)),
  };
}

/** Annotations that name the run which applied an object: they differ each time. */
export const RUN_ANNOTATIONS = [
  'langflow-delivery/run',
  'langflow-delivery/commit',
  'langflow-delivery/release',
];

/** The object without what only says who applied it. */
export function content(object: KubernetesObject): KubernetesObject {
  const { annotations, ...metadata } = object.metadata;
  const own = Object.entries(annotations ?? {}).filter(([name]) => !RUN_ANNOTATIONS.includes(name));
  return {
    ...object,
    metadata: { ...metadata, ...(own.length > 0 && { annotations: Object.fromEntries(own) }) },
  };
}

/**
 * The record that a rollback goes to: the one with this revision, or else the latest deployed one that differs from what
 * is current.
 * @param records the latest first
 * @throws UserError that lists the revisions there are
 */
export function rollbackTarget(
  records: readonly ReleaseRecord[],
  revision: number | undefined,
): ReleaseRecord | undefined {
  const deployed = records.filter(({ status }) => status === 'deployed');
  const [current, ...earlier] = deployed;
  if (revision === undefined) {
    const now = JSON.stringify(current?.objects.map(content));
    return earlier.find(({ objects }) => JSON.stringify(objects.map(content)) !== now);
  }
  const target = deployed.find((record) => record.revision === revision);
  if (target) return target;
  const known = deployed.map((record) => `${record.revision} (${record.name}, ${record.time})`);
  throw new UserError(
    `There is no revision ${revision} that was deployed and healthy; there are: ${known.join(', ') || 'none'}. Nothing was applied.`,
  );
}
