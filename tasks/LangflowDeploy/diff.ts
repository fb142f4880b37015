import { createHmac, randomBytes } from 'node:crypto';
import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../common/kubernetes/object';
import { visible } from '../common/reports/plainText';
import { isFields } from './fields';
import { comparable, type Change } from './plan';
import { qualifiedKind } from './podSpec';

/** Bounds of what one object shows; the rest is counted. */
const MOST_LINES = 200;
const LONGEST_LINE = 400;
/** Beyond so many changed lines nobody reads a diff, and finding the shortest one takes long. */
const MOST_EDITS = 1_000;
const CONTEXT_LINES = 3;

/** Stands for a secret value: the same for the same value, in one run. */
export type Mark = (value: string) => string;

/**
 * Marks by a key of this run: a bare hash of a short password could be looked up by whoever reads the log.
 */
export function runMark(key: Buffer = randomBytes(32)): Mark {
  return (value) => `(secret ${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)})`;
}

/**
 * The unified diff of an object's YAML before and after, bounded. Values of Secrets are marks, and characters that could
 * disguise text are shown by their numbers.
 */
export function diffOf({ name, before, after }: Change, mark: Mark): string {
  const text = (object: KubernetesObject | undefined): string =>
    object === undefined ? '' : yamlOf(redacted(comparable(object), mark));
  const patch = createTwoFilesPatch(`live ${name}`, `release ${name}`, text(before), text(after), '', '', {
    context: CONTEXT_LINES,
    maxEditLength: MOST_EDITS,
  });
  if (patch === undefined) return `(more than ${MOST_EDITS} lines differ)`;
  // The first line is a ruler.
  return bounded(patch.split('\n').slice(1));
}

/** Keys in the order of the alphabet, as kubectl prints them, so that an order alone is no difference. */
function yamlOf(object: KubernetesObject): string {
  return stringify(object, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

function redacted(object: KubernetesObject, mark: Mark): KubernetesObject {
  if (qualifiedKind(object) !== 'Secret') return object;
  const marked = (data: unknown): unknown =>
    isFields(data)
      ? Object.fromEntries(
          Object.entries(data).map(([key, value]) => [
            key,
            mark(typeof value === 'string' ? value : JSON.stringify(value)),
          ]),
        )
      : '(secret)';
  return {
    ...object,
    ...('data' in object && { data: marked(object.data) }),
    ...('stringData' in object && { stringData: marked(object.stringData) }),
  };
}

function bounded(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_LINES).map((line) => visible(shortened(line)));
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`… ${more} more lines`] : [])].join('\n').trimEnd();
}

function shortened(line: string): string {
  const more = line.length - LONGEST_LINE;
  return more > 0 ? `${line.slice(0, LONGEST_LINE)}… ${more} more characters` : line;
}
