import { query } from 'jsonpath-rfc9535';
import Mustache from 'mustache';
import type { DataSourceBinding } from '../../../scripts/taskRules/task';

/** A service connection, as the server knows it. */
export interface Endpoint {
  url: string;
  subscriptionId?: string;
  /** Bearer token. */
  token: string;
}

export interface Item {
  value: string;
  shown: string;
}

type Json = Parameters<typeof query>[0];
type View = Record<string, unknown>;

/**
 * The list that the editor shows for an input, asked for as by the server of Azure DevOps: the templates are mustache with
 * helpers of its own (https://learn.microsoft.com/azure/devops/extend/develop/service-endpoints), the request has the login
 * of the service connection.
 * @param inputs what is chosen so far
 * @throws Error with the status when the service refuses
 */
export async function listOf(
  binding: DataSourceBinding,
  endpoint: Endpoint,
  inputs: Record<string, string> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let context = contextOf(binding.initialContextTemplate, {});
  for (;;) {
    const template = binding.endpointUrl.replace(/\$\((\w+)\)/g, (_, name: string) => inputs[name] ?? '');
    const url = render(template, { endpoint, ...context });
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${endpoint.token}` } });
    if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
    const response = (await answer.json()) as Json;
    const found = query(response, binding.resultSelector.replace(/^jsonpath:/, ''));
    items.push(...found.map((item) => itemOf(render(binding.resultTemplate, item as View))));
    if (render(binding.callbackRequiredTemplate ?? '', { response }) !== 'true') return items;
    context = contextOf(binding.callbackContextTemplate, { response });
  }
}

function contextOf(template = '{}', view: View): View {
  return JSON.parse(render(template, view)) as View;
}

function itemOf(text: string): Item {
  if (!text.startsWith('{')) return { value: text, shown: text };
  const { Value, DisplayValue } = JSON.parse(text) as { Value: string; DisplayValue: string };
  return { value: Value, shown: DisplayValue };
}

/** What the server has beside mustache, as far as the bindings use it. */
const HELPERS: [RegExp, (view: View, ...parameters: string[]) => string][] = [
  [
    /\{\{\{ ?#extractResource (\w+) (\w+)\}\}\}/g,
    (view, field = '', type = '') => new RegExp(`/${type}/([^/]+)`, 'i').exec(at(view, field))?.[1] ?? '',
  ],
  [
    /\{\{#getTokenValue ([\w.]+)\}\}\{\{extractUrlQueryParameter (\S+?)\}\}\{\{\/getTokenValue\}\}/g,
    (view, field = '', name = '') =>
      new URL(at(view, field)).searchParams.get(decodeURIComponent(name)) ?? '',
  ],
  [/\{\{isTokenPresent ([\w.]+)\}\}/g, (view, field = '') => String(at(view, field) !== '')],
];

function render(template: string, view: View): string {
  const expanded = HELPERS.reduce(
    (text, [pattern, help]) => text.replace(pattern, (_, ...found: string[]) => help(view, ...found)),
    template,
  );
  return Mustache.render(expanded, view);
}

/** The text there, empty where there is none. */
function at(view: View, field: string): string {
  const value = field.split('.').reduce<unknown>((inner, key) => (inner as View | undefined)?.[key], view);
  return typeof value === 'string' ? value : '';
}
