import { plainText } from '../reports/plainText';
import schema from './view.schema.json';

/** The keywords of the schema that say how much there may be. */
interface Node {
  $ref?: string;
  type?: string;
  maxLength?: number;
  maxItems?: number;
  items?: Node;
  properties?: Record<string, Node>;
}

const DEFINITIONS = schema.definitions as Record<string, Node>;
const LINE = '#/definitions/Line';

/**
 * The document with every free text plain, without secrets and as long as the schema allows, and every list likewise.
 * Secrets are taken out before anything is cut, so that no half of one remains.
 * @param secrets every form of them, the longest first
 */
export function bounded<T>(document: T, secrets: readonly string[]): T {
  // Most secrets are nowhere in it; to look for each in each of a hundred thousand texts would take long.
  const json = JSON.stringify(document);
  const present = secrets.filter(
    (secret) => json.includes(secret) || json.includes(JSON.stringify(secret).slice(1, -1)),
  );
  const clean = (text: string): string =>
    plainText(present.reduce((rest, secret) => rest.replaceAll(secret, '***'), text));
  // Of the JSON, not of the document: that has neither `undefined` nor numbers that are none.
  return fitted(JSON.parse(json), schema as Node, clean) as T;
}

function fitted(value: unknown, node: Node | undefined, clean: (text: string) => string): unknown {
  if (node?.$ref !== undefined) {
    const definition = DEFINITIONS[node.$ref.slice('#/definitions/'.length)];
    if (node.$ref === LINE && typeof value === 'string')
      return cut(clean(value).replace(/\s*\n\s*/g, ' '), definition?.maxLength);
    return fitted(value, definition, clean);
  }
  if (typeof value === 'string')
    return node?.maxLength === undefined ? value : cut(clean(value), node.maxLength);
  if (Array.isArray(value))
    return value.slice(0, node?.maxItems).map((item) => fitted(item, node?.items, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fitted(inner, node?.properties?.[key], clean)]),
  );
}

function cut(text: string, most = Infinity): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
