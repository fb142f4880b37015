import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { ReleaseView } from './view.generated';
import schema from './view.schema.json';

export { VIEW_ATTACHMENT } from './names';
export type * from './view.generated';

let compiled: ValidateFunction<ReleaseView> | undefined;

/** How a value breaks the schema of a release view, a phrase each; empty when it is one. */
export function mistakesIn(value: unknown): string[] {
  const validate = (compiled ??= addFormats(new Ajv({ allErrors: true }), ['date-time']).compile<ReleaseView>(
    schema,
  ));
  if (validate(value)) return [];
  const reasons = (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`,
  );
  return [...new Set(reasons)];
}
