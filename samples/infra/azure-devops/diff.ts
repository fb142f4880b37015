import type { Json } from './client';

export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

/**
 * Where an existing thing differs from what is wanted. Fields that only the existing one has are Azure DevOps' own or other
 * people's: no difference. Null, absent and empty are the same, as are addresses with and without a slash at their end.
 */
export function differences(wanted: unknown, existing: unknown, field = ''): Change[] {
  if (isObject(wanted)) {
    const other = isObject(existing) ? existing : {};
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, other[key], field ? `${field}.${key}` : key),
    );
  }
  return plain(wanted) === plain(existing) ? [] : [{ field, from: existing, to: wanted }];
}

/** `over` laid over `under`; neither is changed. */
export function merged(under: unknown, over: Json): Json {
  const result: Json = { ...(isObject(under) ? under : {}) };
  for (const [key, value] of Object.entries(over))
    result[key] = isObject(value) ? merged(result[key], value) : value;
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value.replace(/\/$/, '') : JSON.stringify(value);
}
