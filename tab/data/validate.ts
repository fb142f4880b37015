import { Validator } from '@cfworker/json-schema';
import type { Validate } from '../model/documents';
import schema from '../../tasks/common/view/view.schema.json';

/** Without code made at run time, which the page's policy forbids; ends at the first mistake. */
const validator = new Validator(schema as object, '7', true);

/** @returns where a document breaks the schema, nothing when it follows it */
export const validate: Validate = (data) => {
  const { valid, errors } = validator.validate(data);
  if (valid) return undefined;
  const deepest = errors.at(-1);
  return `${deepest?.instanceLocation ?? '#'}: ${deepest?.error ?? 'not valid'}`;
};
