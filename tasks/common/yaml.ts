import type { ErrorObject, ValidateFunction } from 'ajv';
import { isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import { UserError } from './errors';
import { didYouMean } from './nearest';

/** Where a thing is: keys and indices from the root of the YAML. */
export type YamlPath = readonly (string | number)[];

/** A mistake in a YAML file that people write. The message names file and line; so do the fields, for the run page. */
export class YamlMistake extends UserError {
  override name = 'YamlMistake';

  constructor(
    readonly file: string,
    /** From 1. */
    readonly line: number,
    readonly column: number,
    what: string,
  ) {
    super(`${file}, line ${line}, column ${column}: ${what}`);
  }
}

/** A YAML file whose every value knows its place. */
export class YamlFile {
  readonly value: unknown;
  private readonly document: Document;
  private readonly lines = new LineCounter();

  /**
   * @param file its name in messages
   * @throws YamlMistake when the text is not YAML
   */
  constructor(
    readonly file: string,
    text: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines });
    const [error] = this.document.errors;
    if (error) {
      const { line, col } = this.lines.linePos(error.pos[0]);
      throw new YamlMistake(file, line, col, `this is not valid YAML: ${error.message.split('\n')[0] ?? ''}`);
    }
    this.value = this.document.toJS();
  }

  /** The error about the thing at `at`; about its nearest parent when there is none. */
  mistake(at: YamlPath, what: string): YamlMistake {
    const { line, column } = this.positionOf(at);
    return new YamlMistake(this.file, line, column, what);
  }

  /** Line and column, from 1, of the key or the item; of the nearest parent when there is none. */
  positionOf(at: YamlPath): { line: number; column: number } {
    for (let length = at.length; length > 0; length--) {
      const start = this.startOf(at.slice(0, length));
      if (start !== undefined) {
        const { line, col } = this.lines.linePos(start);
        return { line, column: col };
      }
    }
    return { line: 1, column: 1 };
  }

  /**
   * The file as the schema has it.
   * @param validate compiled with `verbose` and `allErrors`
   * @throws YamlMistake for one error: a misspelt key before what is missing because of it
   */
  as<T>(validate: ValidateFunction<T>): T {
    if (validate(this.value)) return this.value;
    const errors = validate.errors ?? [];
    const error = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? errors[0];
    throw error ? this.mistake(pathOf(error), describe(error)) : this.mistake([], 'it breaks the schema.');
  }

  private startOf(at: YamlPath): number | undefined {
    const parent = this.document.getIn(at.slice(0, -1), true);
    const key = at.at(-1);
    const pair = hasItems(parent)
      ? parent.items.find((item) => isPair(item) && isNode(item.key) && item.key.toJSON() === key)
      : undefined;
    const node = isPair(pair) ? pair.key : this.document.getIn(at, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }
}

function hasItems(node: unknown): node is { items: unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function pathOf({ instancePath, params, propertyName }: ErrorObject): YamlPath {
  const parts = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const key = (params as { additionalProperty?: string }).additionalProperty ?? propertyName;
  return key === undefined ? parts : [...parts, key];
}

function describe(error: ErrorObject): string {
  const field =
    error.instancePath
      .slice(1)
      .replace(/\/(\d+)/g, '[$1]')
      .replace(/\//g, '.') || 'the file';
  const parent = (error.parentSchema ?? {}) as { description?: string; properties?: object };
  const accepted = parent.description ?? `what matches ${shown(error.schema)}`;
  if (error.propertyName !== undefined) {
    return `${field} has the key '${error.propertyName}'; accepted is ${accepted}.`;
  }
  switch (error.keyword) {
    case 'additionalProperties': {
      const { additionalProperty } = error.params as { additionalProperty: string };
      const known = Object.keys(parent.properties ?? {});
      return `${field} has the unknown key '${additionalProperty}'; accepted are ${known.join(', ')}.${didYouMean(additionalProperty, known)}`;
    }
    case 'enum': {
      const { allowedValues } = error.params as { allowedValues: unknown[] };
      const hint = typeof error.data === 'string' ? didYouMean(error.data, allowedValues.map(String)) : '';
      return `${field} is ${shown(error.data)}; accepted are ${allowedValues.join(', ')}.${hint}`;
    }
    case 'pattern':
      return `${field} is ${shown(error.data)}; accepted is ${accepted}.`;
    case 'not':
      return `${field} must not have ${(error.schema as { description?: string }).description ?? 'this form'}.`;
    case 'type': {
      const quotes =
        error.schema === 'string' && typeof error.data !== 'object' ? ' Put the value in quotes.' : '';
      return `${field} is ${shown(error.data)}; it ${error.message ?? ''}.${quotes}`;
    }
    default:
      return `${field} ${error.message ?? ''}.`;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
