import { Validator } from '@cfworker/json-schema';
import schema from './view.schema.json';

export { VIEW_ATTACHMENT } from './names';
export type * from './view.generated';

/**
 * Reads the schema as it goes, where a compiler would take longer than most steps have to show: no code is made at run time,
 * which the page's policy forbids besides. It ends at the first mistake.
 */
let validator: Validator | undefined;

/** Where a value breaks the schema of a release view; undefined when it is one. */
export function mistakeIn(value: unknown): string | undefined {
  const { valid, errors } = (validator ??= new Validator(schema as object, '7', true)).validate(value);
  if (valid) return undefined;
  const deepest = errors.at(-1);
  return `${deepest?.instanceLocation ?? '#'}: ${deepest?.error ?? 'not valid'}`;
}
