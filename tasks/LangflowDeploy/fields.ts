/** The fields of a YAML or JSON object. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, or what stands for one that is none. */
export function textOf(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}

/**
 * Every object at a path such as `spec/containers/env`; lists on the way, and at its end, count as each of their items.
 * A manifest may have anything anywhere: what has another form than expected is passed over, and the API server refuses it.
 */
export function fieldsAt(value: unknown, path: string): Fields[] {
  const steps = path === '' ? [] : path.split('/');
  return steps
    .reduce<unknown[]>(
      (values, step) => values.flat().flatMap((inner) => (isFields(inner) ? [inner[step]] : [])),
      [value],
    )
    .flat()
    .filter(isFields);
}

/** Changes every text at a path, as `fieldsAt` finds it, in place. */
export function changeTexts(value: unknown, path: string, change: (text: string) => string): void {
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  for (const fields of fieldsAt(value, steps.join('/'))) {
    const found = fields[last];
    if (typeof found === 'string') fields[last] = change(found);
    else if (Array.isArray(found))
      fields[last] = found.map((item: unknown) => (typeof item === 'string' ? change(item) : item));
  }
}
