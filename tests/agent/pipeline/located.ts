import { readFileSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';

/** A mistake in a pipeline; the message begins with file and line. */
export class PipelineError extends Error {
  override name = 'PipelineError';

  constructor(where: Place, message: string) {
    super(`${where.file}:${where.line}: ${message}`);
  }
}

export interface Place {
  file: string;
  line: number;
}

/** YAML that still knows where it stands. */
export type Located = Place & (LocatedMap | LocatedList | LocatedScalar);
export interface LocatedMap {
  type: 'map';
  entries: Entry[];
}
export interface Entry extends Place {
  key: string;
  value: Located;
}
export interface LocatedList {
  type: 'list';
  items: Located[];
}
export interface LocatedScalar {
  type: 'scalar';
  value: string | number | boolean | null;
}

/** @throws PipelineError for a missing file and broken YAML */
export function readYaml(file: string, name = file): Located {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new PipelineError({ file: name, line: 0 }, 'there is no such file');
  }
  return parseYamlText(text, name);
}

export function parseYamlText(text: string, file: string): Located {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: false });
  const [mistake] = document.errors;
  if (mistake)
    throw new PipelineError(
      { file, line: lines.linePos(mistake.pos[0]).line },
      mistake.message.split('\n')[0] ?? 'this is not YAML',
    );
  return locate(document.contents, document, (offset) => ({ file, line: lines.linePos(offset).line }));
}

function locate(node: Node | null, document: Document, placeAt: (offset: number) => Place): Located {
  const place = placeAt(node?.range?.[0] ?? 0);
  if (isAlias(node)) throw new PipelineError(place, 'Azure Pipelines does not know YAML anchors');
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): Entry => {
      const at = placeAt((key as Node).range?.[0] ?? 0);
      const name = isScalar(key) ? String(key.value) : '';
      // An empty value stands where its key stands.
      const located = value === null ? { ...at, type: 'scalar' as const, value: null } : undefined;
      return { ...at, key: name, value: located ?? locate(value as Node, document, placeAt) };
    });
    return { ...place, type: 'map', entries };
  }
  if (isSeq(node))
    return {
      ...place,
      type: 'list',
      items: node.items.map((item) => locate(item as Node, document, placeAt)),
    };
  if (isScalar(node)) {
    // Azure Pipelines reads every scalar as text; `1.10` must not become 1.1.
    const { value } = node;
    const plain =
      typeof value === 'number' || typeof value === 'boolean' ? (node.source ?? String(value)) : value;
    return { ...place, type: 'scalar', value: plain as string | null };
  }
  return { ...place, type: 'scalar', value: null };
}

/** The value under a key; undefined when there is none or it is empty. */
export function get(node: Located | undefined, key: string): Located | undefined {
  if (node?.type !== 'map') return undefined;
  const value = node.entries.find((entry) => entry.key === key)?.value;
  return value?.type === 'scalar' && value.value === null ? undefined : value;
}

/** @throws PipelineError for a key that is not among the known, or there twice */
export function checkKeys(node: Located, what: string, known: readonly string[]): void {
  if (node.type !== 'map')
    throw new PipelineError(node, `${what} must have keys such as '${known[0] ?? ''}'`);
  for (const [index, entry] of node.entries.entries()) {
    if (!known.includes(entry.key))
      throw new PipelineError(
        entry,
        `'${entry.key}' of ${what} is not supported; supported are ${known.join(', ')}`,
      );
    if (node.entries.findIndex(({ key }) => key === entry.key) !== index)
      throw new PipelineError(entry, `'${entry.key}' is there twice`);
  }
}

export function asText(node: Located | undefined, what: string): string | undefined {
  if (node === undefined) return undefined;
  if (node.type !== 'scalar') throw new PipelineError(node, `${what} must be a text`);
  return String(node.value ?? '');
}

export function asList(node: Located | undefined, what: string): Located[] {
  if (node === undefined) return [];
  if (node.type !== 'list') throw new PipelineError(node, `${what} must be a list`);
  return node.items;
}

/** A text or a list of texts. */
export function asTexts(node: Located | undefined, what: string): string[] | undefined {
  if (node === undefined) return undefined;
  if (node.type === 'scalar') return [String(node.value ?? '')];
  return asList(node, what).map((item) => asText(item, what) ?? '');
}

export function asTextMap(node: Located | undefined, what: string): Record<string, string> {
  if (node === undefined) return {};
  if (node.type !== 'map') throw new PipelineError(node, `${what} must be a map`);
  return Object.fromEntries(
    node.entries.map(({ key, value }) => [key, asText(value, `${what}.${key}`) ?? '']),
  );
}

export function asBoolean(node: Located | undefined, what: string, otherwise: boolean): boolean {
  const text = asText(node, what)?.toLowerCase();
  if (text === undefined) return otherwise;
  if (text !== 'true' && text !== 'false')
    throw new PipelineError(node as Place, `${what} must be true or false, not '${text}'`);
  return text === 'true';
}

export function asNumber(node: Located | undefined, what: string, otherwise: number): number {
  const text = asText(node, what);
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new PipelineError(node as Place, `${what} must be a whole number, not '${text ?? ''}'`);
  return number;
}
