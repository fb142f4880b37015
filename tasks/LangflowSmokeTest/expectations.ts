import { valuesAt } from './jsonPath';
import { matches, mismatchesAt, type Conditions } from './matchers';
import type { Json } from './values';

/** What a text from outside must be, with all references replaced. */
export interface Content {
  contains: string[];
  excludes: string[];
  matches?: string;
  /** By JSONPath. */
  json: Record<string, Conditions>;
  /** Undefined: anything. */
  body?: Json;
}

/** What an answer must be besides its content. */
export interface Expectation extends Content {
  /** Empty: any from 200 to 299. */
  status: number[];
  /** By lower-case name. */
  headers: Record<string, Conditions>;
  /** Days for which the server's certificate must be valid. */
  validForDays?: number;
}

export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
  /** Whether the body was longer than what was read of it. */
  truncated: boolean;
  /** From the request to the last byte, in milliseconds. */
  latencyMs: number;
  /** Of the server, when it has one. */
  certificate?: { validTo: Date; subject: string };
}

/** Differences of a body that are named. */
const NAMED = 5;
const DAY_MS = 86_400_000;

/** Every way in which the answer is not what was expected, a sentence each; none when all is well. */
export function mismatchesOf(answer: Answer, expected: Expectation, now = Date.now()): string[] {
  return [
    ...statusMismatch(answer.status, expected.status),
    ...headerMismatches(answer.headers, expected.headers),
    ...contentMismatches(answer.body, expected, answer.truncated),
    ...certificateMismatches(answer.certificate, expected.validForDays, now),
  ];
}

/** The part of the rule that speaks of the text alone. */
export function contentMismatches(text: string, expected: Content, truncated = false): string[] {
  const end = truncated ? '; it is too long to be read to its end.' : '.';
  const missing = expected.contains.filter((part) => !text.includes(part));
  const unwanted = expected.excludes.filter((part) => text.includes(part));
  return [
    ...missing.map((part) => `Expected what contains ${JSON.stringify(part)}${end}`),
    ...unwanted.map((part) => `Expected what does not contain ${JSON.stringify(part)}.`),
    ...(expected.matches === undefined || matches(text, expected.matches)
      ? []
      : [`Expected what matches ${JSON.stringify(expected.matches)}${end}`]),
    ...jsonMismatches(text, expected, truncated),
  ];
}

export function statusMismatch(status: number, expected: readonly number[]): string[] {
  if (expected.length === 0 ? status >= 200 && status < 300 : expected.includes(status)) return [];
  return [`Expected status ${expected.join(' or ') || '200 to 299'}, found ${status}.`];
}

export function headerMismatches(
  headers: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, Conditions>>,
): string[] {
  return Object.entries(expected).flatMap(([name, conditions]) => {
    const found = headers[name];
    return mismatchesAt(`Header ${name}`, found === undefined ? [] : [found], conditions);
  });
}

/** The text as JSON, or undefined when it is none. */
export function jsonOf({ body, truncated }: Pick<Answer, 'body' | 'truncated'>): Json | undefined {
  if (truncated) return undefined;
  try {
    return JSON.parse(body) as Json;
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

function jsonMismatches(text: string, { body: expected, json }: Content, truncated: boolean): string[] {
  if (expected === undefined && Object.keys(json).length === 0) return [];
  const found = jsonOf({ body: text, truncated });
  if (found === undefined) {
    return [
      truncated ? 'Expected JSON, found a body too long to be read.' : 'Expected JSON, found other text.',
    ];
  }
  const different = expected === undefined ? [] : differences(found, expected);
  const unnamed = different.length - NAMED;
  return [
    ...different.slice(0, NAMED),
    ...(unnamed > 0 ? [`${unnamed} more differences.`] : []),
    ...Object.entries(json).flatMap(([path, conditions]) =>
      mismatchesAt(path, valuesAt(found, path), conditions),
    ),
  ];
}

function certificateMismatches(
  certificate: Answer['certificate'],
  days: number | undefined,
  now: number,
): string[] {
  if (days === undefined) return [];
  if (certificate === undefined) return ['Expected a certificate, found a connection without TLS.'];
  const left = Math.floor((certificate.validTo.getTime() - now) / DAY_MS);
  if (left >= days) return [];
  return [
    `Expected a certificate that is valid for ${days} more days; that of ${certificate.subject} ends in ${left} (${certificate.validTo.toISOString()}).`,
  ];
}

/** What was expected stands first: what came may be long, and is cut where it is shown. */
function difference(path: string, actual: Json | undefined, expected: Json): string {
  const found = actual === undefined ? 'nothing' : JSON.stringify(actual);
  return `${path || '/'}: expected ${JSON.stringify(expected)}, found ${found}.`;
}
