/**
 * JSON Schema draft-07 as far as azure-pipelines-language-service reads it, with its own words: `firstProperty` picks the
 * alternative of an `anyOf` by the first key of a mapping; `ignoreCase` says whether keys, values or both are compared
 * without regard to case; `aliases` are other names of a property.
 */
export interface Schema {
  $schema?: string;
  title?: string;
  definitions?: Record<string, Schema>;
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  enum?: string[];
  pattern?: string;
  anyOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
  firstProperty?: string[];
  ignoreCase?: 'key' | 'value' | 'all';
  aliases?: string[];
  patternErrorMessage?: string;
  deprecationMessage?: string;
  doNotSuggest?: boolean;
}

export const any: Schema = {};
export const text: Schema = { type: 'string' };

export function ref(definition: string): Schema {
  return { $ref: `#/definitions/${definition}` };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** A mapping with these keys and no others. @param first the key with which it begins, and which tells its kind */
export function mapping(properties: Record<string, Schema>, first?: string): Schema {
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(first === undefined ? {} : { firstProperty: [first], required: [first] }),
  };
}

/** These values, or an expression of which only the run knows the value: `$(…)`, `${{ … }}`, `$[ … ]`. */
export function oneOf(values: readonly string[]): Schema {
  return {
    anyOf: [
      { type: 'string', enum: [...values], ignoreCase: 'value' },
      { type: 'string', pattern: '\\$[({[]' },
    ],
  };
}

/** Stands in many places; the frame defines it. */
export const boolean: Schema = ref('boolean');

export function described(description: string, schema: Schema): Schema {
  return { description, ...schema };
}
