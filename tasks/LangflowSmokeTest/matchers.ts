import { isDeepStrictEqual } from 'node:util';
import type { Json } from './values';

/** What the values at one place must be; all that is given must hold. */
export interface Conditions {
  equals?: Json;
  /** Of a text: a part; of a list: an element. */
  contains?: string;
  matches?: string;
  /** false: there must be none. */
  exists?: boolean;
  /** How many there are. */
  count?: number;
  above?: number;
  below?: number;
}

/** A list or a single value stands for itself. */
export function conditionsOf(matcher: Json | Conditions): Conditions {
  return typeof matcher === 'object' && matcher !== null && !Array.isArray(matcher)
    ? matcher
    : { equals: matcher };
}

/** Whether a text has a match; ^ and $ are ends of lines. */
export function matches(text: string, pattern: string): boolean {
  return new RegExp(pattern, 'm').test(text);
}

/**
 * How the values at a place are not what was expected, a sentence each.
 * @param where for people: `$.items[*].id`, `header content-type`
 */
export function mismatchesAt(where: string, found: readonly Json[], conditions: Conditions): string[] {
  const { exists, count, ...ofEach } = conditions;
  if (exists === false) {
    return found.length === 0 ? [] : [`${where}: expected nothing, found ${shown(found[0])}.`];
  }
  if (count !== undefined && found.length !== count) {
    return [`${where}: expected ${count} values, found ${found.length}.`];
  }
  const expectations = Object.entries(ofEach);
  if (found.length === 0) {
    if (count === 0) return [];
    const [what] = expectations.map(([name, value]) => wording(name, value));
    return [`${where}: expected ${what ?? 'a value'}, found nothing.`];
  }
  return expectations.flatMap(([name, value]) => {
    const wrong = found.find((each) => !holds(name, each, value));
    return wrong === undefined ? [] : [`${where}: expected ${wording(name, value)}, found ${shown(wrong)}.`];
  });
}

function holds(condition: string, found: Json, expected: Json): boolean {
  switch (condition) {
    case 'equals':
      return isDeepStrictEqual(found, expected);
    case 'contains':
      return Array.isArray(found) ? found.includes(expected) : textOf(found).includes(textOf(expected));
    case 'matches':
      return matches(textOf(found), textOf(expected));
    case 'above':
      return typeof found === 'number' && found > Number(expected);
    case 'below':
      return typeof found === 'number' && found < Number(expected);
    default:
      throw new Error(`There is no condition '${condition}'.`);
  }
}

function wording(condition: string, expected: Json): string {
  const value = shown(expected);
  switch (condition) {
    case 'contains':
      return `what contains ${value}`;
    case 'matches':
      return `what matches ${value}`;
    case 'above':
    case 'below':
      return `a number ${condition} ${value}`;
    default:
      return value;
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
