/** A value of an expression; objects are contexts such as `variables`. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** What an expression can speak of. Names and functions are found whatever their case. */
export interface ExpressionContext {
  values: Record<string, Value>;
  functions?: Record<string, (...args: Value[]) => Value>;
}

/**
 * Evaluates an expression of Azure Pipelines (learn.microsoft.com/azure/devops/pipelines/process/expressions).
 * @throws Error for a mistake, and for a function or context that is not known here
 */
export function evaluate(expression: string, context: ExpressionContext): Value {
  const tokens = tokenize(expression);
  const parser = new Parser(tokens, context, expression);
  return parser.whole();
}

/** `true` for all that a condition takes for true. */
export function truthy(value: Value): boolean {
  return !(value === null || value === false || value === 0 || value === '');
}

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)*)|([A-Za-z_][\w-]*)|([().,[\]]))/y;

interface Token {
  kind: 'text' | 'number' | 'name' | 'sign';
  text: string;
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const source = expression.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match)
      throw new Error(
        `the expression '${expression}' is not understood from '${source.slice(at).trim()}' on`,
      );
    const [, text, number, name, sign] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}

class Parser {
  #position = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly context: ExpressionContext,
    private readonly expression: string,
  ) {}

  whole(): Value {
    const value = this.value();
    const rest = this.tokens[this.#position];
    if (rest) this.fail(`'${rest.text}' is too much`);
    return value;
  }

  private value(): Value {
    const token = this.tokens[this.#position++];
    if (!token) this.fail('something is missing at its end');
    if (token.kind === 'text') return token.text;
    // A version such as 1.2.3 compares as a text.
    if (token.kind === 'number') return /\..*\./.test(token.text) ? token.text : Number(token.text);
    if (token.kind === 'sign') this.fail(`'${token.text}' is at a wrong place`);
    const lower = token.text.toLowerCase();
    if (this.takes('(')) return this.call(token.text);
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (lower === 'null') return null;
    const found = lookUp(this.context.values, token.text);
    if (found === undefined)
      this.fail(
        `'${token.text}' is not known here; known are ${Object.keys(this.context.values).join(', ')}`,
      );
    return this.properties(found);
  }

  private properties(start: Value): Value {
    let value = start;
    for (;;) {
      if (this.takes('.')) {
        const name = this.tokens[this.#position++];
        if (name?.kind !== 'name') this.fail("a name must follow '.'");
        value = property(value, name.text);
      } else if (this.takes('[')) {
        const key = this.value();
        if (!this.takes(']')) this.fail("']' is missing");
        value = property(value, textOf(key));
      } else return value;
    }
  }

  private call(name: string): Value {
    const args: Value[] = [];
    if (!this.takes(')')) {
      do args.push(this.value());
      while (this.takes(','));
      if (!this.takes(')')) this.fail("')' is missing");
    }
    const own = this.context.functions ?? {};
    const key = Object.keys(own).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    const definition = key === undefined ? FUNCTIONS[name.toLowerCase()] : own[key];
    if (!definition) this.fail(`the function '${name}' is not supported`);
    return this.properties(definition(...args));
  }

  private takes(sign: string): boolean {
    const token = this.tokens[this.#position];
    const found = token?.kind === 'sign' && token.text === sign;
    if (found) this.#position++;
    return found;
  }

  private fail(reason: string): never {
    throw new Error(`the expression '${this.expression.trim()}': ${reason}`);
  }
}

function lookUp(values: Record<string, Value>, name: string): Value | undefined {
  const key = Object.keys(values).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : values[key];
}

function property(value: Value, name: string): Value {
  if (Array.isArray(value)) return value[Number(name)] ?? null;
  return typeof value === 'object' && value !== null ? (lookUp(value, name) ?? null) : null;
}

/** The right side takes the type of the left one; texts are equal whatever their case. */
function equal(left: Value, right: Value): boolean {
  const order = compare(left, right);
  return order === 0;
}

function compare(left: Value, right: Value): number | undefined {
  if (typeof left === 'boolean') return Number(left) - Number(truthy(right === 'False' ? false : right));
  if (typeof left === 'number') {
    const number = Number(right);
    return Number.isNaN(number) ? undefined : left - number;
  }
  if (left === null) return right === null || right === '' ? 0 : undefined;
  if (typeof left === 'object') return undefined;
  return textOf(left).toLowerCase() === textOf(right).toLowerCase()
    ? 0
    : textOf(left).toLowerCase() < textOf(right).toLowerCase()
      ? -1
      : 1;
}

/** As a text: `True` and `False` for booleans. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const ordered =
  (holds: (order: number) => boolean) =>
  (left: Value = null, right: Value = null) => {
    const order = compare(left, right);
    return order !== undefined && holds(order);
  };

const FUNCTIONS: Record<string, (...args: Value[]) => Value> = {
  and: (...args) => args.every(truthy),
  or: (...args) => args.some(truthy),
  not: (value = null) => !truthy(value),
  xor: (left = null, right = null) => truthy(left) !== truthy(right),
  eq: (left = null, right = null) => equal(left, right),
  ne: (left = null, right = null) => !equal(left, right),
  lt: ordered((order) => order < 0),
  le: ordered((order) => order <= 0),
  gt: ordered((order) => order > 0),
  ge: ordered((order) => order >= 0),
  in: (needle = null, ...hay) => hay.some((value) => equal(needle, value)),
  notin: (needle = null, ...hay) => !hay.some((value) => equal(needle, value)),
  contains: (text = null, part = null) => textOf(text).toLowerCase().includes(textOf(part).toLowerCase()),
  startswith: (text = null, part = null) => textOf(text).toLowerCase().startsWith(textOf(part).toLowerCase()),
  endswith: (text = null, part = null) => textOf(text).toLowerCase().endsWith(textOf(part).toLowerCase()),
  coalesce: (...args) => args.find((value) => value !== null && value !== '') ?? null,
  iif: (condition = null, yes = null, no = null) => (truthy(condition) ? yes : no),
  lower: (text = null) => textOf(text).toLowerCase(),
  upper: (text = null) => textOf(text).toUpperCase(),
  replace: (text = null, from = null, to = null) => textOf(text).replaceAll(textOf(from), textOf(to)),
  length: (value = null) => (Array.isArray(value) ? value.length : textOf(value).length),
  format: (pattern = null, ...args) =>
    textOf(pattern).replace(/\{(\d+)\}/g, (_, index: string) => textOf(args[Number(index)] ?? null)),
};
