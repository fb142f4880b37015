import { keyOf, type KubernetesObject } from '../common/kubernetes/object';
import { content, obsolete } from '../common/rollout/record';
import { isFields, type Fields } from './fields';
import { manifestName, NAME_ANNOTATION } from './names';
import { qualifiedKind } from './podSpec';

export type Action = 'create' | 'change' | 'unchanged' | 'remove';

/** An object of the release beside what the cluster has. */
export interface Judged {
  object: KubernetesObject;
  /** Where its manifest begins. */
  source: string;
  /** What the server would make of it; undefined when it could not be asked, because the namespace or the kind is not there. */
  answer?: KubernetesObject | undefined;
  /** The object as it is now. */
  live?: KubernetesObject | undefined;
  /** For content whose name has a hash: what it replaces. */
  predecessor?: KubernetesObject | undefined;
}

/** What a release does to one object. */
export interface Change {
  action: Action;
  /** `Deployment/web`; for content whose name has a hash, `ConfigMap/settings`. */
  name: string;
  /** Paths such as `spec.template.spec.containers[web].image`; empty unless the action is `change`. */
  fields: string[];
  before?: KubernetesObject | undefined;
  after?: KubernetesObject | undefined;
  /** Whether the API server, with its admission, has seen it. */
  judged: boolean;
}

/**
 * What a release does to the cluster.
 * @param former objects of the release that is there; those that left are removed
 */
export function planOf(judged: readonly Judged[], former: readonly KubernetesObject[]): Change[] {
  const changes = judged.map(({ object, live, predecessor, answer }): Change => {
    const before = live ?? predecessor;
    const after = answer ?? object;
    const common = { name: manifestName(object), before, after, judged: answer !== undefined };
    if (before === undefined) return { ...common, action: 'create', fields: [] };
    // What is applied leaves out what the server adds; only its answer can be compared.
    if (answer === undefined) return { ...common, action: 'change', fields: [] };
    // Content under another name is the same object to people.
    const fields = changedFields(comparable(before), comparable(answer)).filter(
      (field) => live !== undefined || field !== 'metadata.name',
    );
    return { ...common, action: fields.length === 0 ? 'unchanged' : 'change', fields };
  });
  const stays = new Set(judged.map(({ object }) => contentKey(object)));
  const removed = obsolete(former, [judged.map(({ object }) => object)])
    .filter((object) => !stays.has(contentKey(object)))
    .map((object): Change => ({
      action: 'remove',
      name: manifestName(object),
      fields: [],
      before: object,
      judged: true,
    }));
  return [...changes, ...removed];
}

/** The object of the former release whose content the given one replaces under another name. */
export function predecessorOf(
  object: KubernetesObject,
  former: readonly KubernetesObject[],
): KubernetesObject | undefined {
  if (object.metadata.annotations?.[NAME_ANNOTATION] === undefined) return undefined;
  return former.find(
    (other) => contentKey(other) === contentKey(object) && other.metadata.name !== object.metadata.name,
  );
}

/** One for all objects that are the same content at different times. */
function contentKey(object: KubernetesObject): string {
  const name = object.metadata.annotations?.[NAME_ANNOTATION] ?? object.metadata.name;
  return keyOf({ ...object, metadata: { ...object.metadata, name } });
}

/** Set by the server at every change, or not part of what is wanted. */
const BOOKKEEPING = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
];
/** A whole object, data of Secrets too, that `kubectl apply` leaves behind. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What the Job controller adds to each Job, with another value. */
const JOB_LABELS = [
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
];

/** The object as people think of it: without status, what the server notes for itself, and who applied it. */
export function comparable(object: KubernetesObject): KubernetesObject {
  const copy = structuredClone(content(object));
  delete copy.status;
  const metadata = copy.metadata as unknown as Fields;
  for (const field of BOOKKEEPING) Reflect.deleteProperty(metadata, field);
  drop(metadata, 'annotations', [LAST_APPLIED]);
  if (qualifiedKind(object) === 'Job.batch' && isFields(copy.spec)) {
    Reflect.deleteProperty(copy.spec, 'selector');
    drop(metadata, 'labels', JOB_LABELS);
    const { template } = copy.spec;
    if (isFields(template) && isFields(template.metadata)) {
      drop(template.metadata, 'labels', JOB_LABELS);
      Reflect.deleteProperty(template.metadata, 'creationTimestamp');
    }
  }
  return copy;
}

/** Takes entries out of a map, and the map when nothing is left. */
function drop(parent: Fields, map: string, keys: readonly string[]): void {
  const fields = parent[map];
  if (!isFields(fields)) return;
  for (const key of keys) Reflect.deleteProperty(fields, key);
  if (Object.keys(fields).length === 0) Reflect.deleteProperty(parent, map);
}

/** The paths at which two values differ; items of a list with names are told apart by them. */
export function changedFields(before: unknown, after: unknown, path = ''): string[] {
  if (isFields(before) && isFields(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changedFields(before[key], after[key], childPath(path, key)));
  }
  const [old, current] = [byName(before), byName(after)];
  if (old && current) {
    const names = [...new Set([...old.keys(), ...current.keys()])];
    return names.flatMap((name) => changedFields(old.get(name), current.get(name), `${path}[${name}]`));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => changedFields(item, after[index], `${path}[${index}]`));
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

function childPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}['${key}']`;
  return path === '' ? key : `${path}.${key}`;
}

function byName(list: unknown): Map<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  const names = list.map((item: unknown) => (isFields(item) ? item.name : undefined));
  if (!names.every((name) => typeof name === 'string') || new Set(names).size !== names.length)
    return undefined;
  return new Map(names.map((name, index) => [name, list[index] as unknown]));
}
