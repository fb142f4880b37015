import type { Capture } from './checks';
import { valuesAt } from './jsonPath';
import type { Json, Values } from './values';

/** What values are captured from. */
export interface CaptureSource {
  /** Undefined when there is no JSON. */
  json: Json | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** Keeps what later checks need; says what is not there, and whether the rest may be shown. */
export function capture(
  captures: readonly Capture[],
  { json, headers = {} }: CaptureSource,
  values: Values,
): { failures: string[]; mayShow: boolean } {
  const missing = captures.flatMap((wanted) => {
    const { from } = wanted;
    const [value] =
      'header' in from ? [headers[from.header]] : json === undefined ? [] : valuesAt(json, from.json);
    if (value === undefined || value === null || typeof value === 'object') {
      const found = value === undefined ? 'nothing' : value === null ? 'null' : 'an object or a list';
      return [{ ...wanted, found }];
    }
    values.set(wanted.name, value, wanted);
    return [];
  });
  return {
    failures: missing.map(
      ({ name, from, found }) =>
        `${name} was not captured: expected a text or number at ${'header' in from ? `header ${from.header}` : from.json}, found ${found}.`,
    ),
    mayShow: !missing.some(({ secret }) => secret),
  };
}

/** Of a body that may hold a secret nobody knows, only what is expected may be told. */
export function withoutBody(
  mismatches: readonly string[],
  failures: readonly string[],
  what: string,
): string[] {
  return [
    ...(mismatches.length === 0 ? [] : [`The answer${what} is not what was expected.`]),
    ...failures,
    'The body is not shown, since it may hold the secret that was not found.',
  ];
}
