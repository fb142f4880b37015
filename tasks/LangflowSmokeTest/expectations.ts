import type { Json } from './values';

/** What an answer must be, with all references replaced. */
export interface Expectation {
  /** Undefined: any from 200 to 299. */
  status: number | undefined;
  /** Undefined: anything. */
  body: Json | undefined;
  contains: string | undefined;
}

export interface Answer {
  status: number;
  body: string;
  /** Whether the body was longer than what was read of it. */
  truncated: boolean;
}

/** Differences of a body that are named. */
const NAMED = 5;

/** Every way in which the answer is not what was expected, a sentence each; none when all is well. */
export function mismatchesOf(answer: Answer, expected: Expectation): string[] {
  return [
    ...statusMismatch(answer.status, expected.status),
    ...(expected.body === undefined ? [] : bodyMismatches(answer, expected.body)),
    ...(expected.contains === undefined || answer.body.includes(expected.contains)
      ? []
      : [
          `Expected a body that contains ${JSON.stringify(expected.contains)}` +
            (answer.truncated ? '; it is too long to be read to its end.' : '.'),
        ]),
  ];
}

/** The body as JSON, or undefined when it is none. */
export function jsonOf(answer: Answer): Json | undefined {
  if (answer.truncated) return undefined;
  try {
    return JSON.parse(answer.body) as Json;
  } catch {
    return undefined;
  }
}

/**
 * How `actual` fails to contain `expected`. Objects may have more keys, arrays more elements in any order, as with
 * PostgreSQL's `@>` (https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT).
 */
export function differences(actual: Json, expected: Json, path = ''): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [difference(path, actual, expected)];
    return expected.flatMap((element) =>
      actual.some((candidate) => differences(candidate, element).length === 0)
        ? []
        : [`${path || '/'}: expected an element that contains ${JSON.stringify(element)}, found none.`],
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) {
      return [difference(path, actual, expected)];
    }
    return Object.entries(expected).flatMap(([key, value]) => {
      const inner = `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
      const found = Object.hasOwn(actual, key) ? actual[key] : undefined;
      return found === undefined ? [difference(inner, found, value)] : differences(found, value, inner);
    });
  }
  return actual === expected ? [] : [difference(path, actual, expected)];
}

function statusMismatch(status: number, expected: number | undefined): string[] {
  if (expected === undefined ? status >= 200 && status < 300 : status === expected) return [];
  return [`Expected status ${expected ?? '200 to 299'}, found ${status}.`];
}

function bodyMismatches(answer: Answer, expected: Json): string[] {
  const body = jsonOf(answer);
  if (body === undefined) {
    return [
      answer.truncated
        ? 'Expected JSON, found a body too long to be read.'
        : 'Expected JSON, found another body.',
    ];
  }
  const found = differences(body, expected);
  const unnamed = found.length - NAMED;
  return [...found.slice(0, NAMED), ...(unnamed > 0 ? [`${unnamed} more differences.`] : [])];
}

/** What was expected stands first: what came may be long, and is cut where it is shown. */
function difference(path: string, actual: Json | undefined, expected: Json): string {
  const found = actual === undefined ? 'nothing' : JSON.stringify(actual);
  return `${path || '/'}: expected ${JSON.stringify(expected)}, found ${found}.`;
}
