import { query } from 'jsonpath-rfc9535';
import { messageOf } from '../common/errors';
import type { Json } from './values';

const DOTTED = /^[^./$[\]]+(\.[^./[\]]+|\[\d+\])*$/;

/**
 * What is wrong with a path, or undefined: `$.items[*].id` (JSONPath, RFC 9535), `/items/0/id` (JSON pointer, RFC 6901) or
 * `items[0].id`.
 */
export function pathProblem(path: string): string | undefined {
  if (path.startsWith('/') || DOTTED.test(path)) return undefined;
  try {
    query(null, path);
    return undefined;
  } catch (error) {
    return messageOf(error).split('\n')[0];
  }
}

/** All values there, none when there is nothing. */
export function valuesAt(value: Json, path: string): Json[] {
  if (path.startsWith('$')) return query(value, path);
  const found = step(value, keysOf(path));
  return found === undefined ? [] : [found];
}

function keysOf(path: string): string[] {
  return path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((key) => key.replace(/~1/g, '/').replace(/~0/g, '~'))
    : path.split(/[.[]/).map((key) => key.replace(/\]$/, ''));
}

function step(value: Json, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const inner = (value as Record<string, Json>)[key];
  return inner === undefined ? undefined : step(inner, rest);
}
