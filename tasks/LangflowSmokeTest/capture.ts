import type { Json } from './values';

/**
 * The way to a value in JSON: `/items/0/id` (a JSON pointer, RFC 6901) or `items[0].id`.
 * @returns the keys and indices on the way
 */
export function parseJsonPath(path: string): string[] {
  if (path.startsWith('/')) {
    return path
      .slice(1)
      .split('/')
      .map((key) => key.replace(/~1/g, '/').replace(/~0/g, '~'));
  }
  return path.split(/[.[]/).map((key) => key.replace(/\]$/, ''));
}

/** The value there, or undefined when there is none. */
export function valueAt(value: Json, path: readonly string[]): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const inner = (value as Record<string, Json>)[key];
  return inner === undefined ? undefined : valueAt(inner, rest);
}
