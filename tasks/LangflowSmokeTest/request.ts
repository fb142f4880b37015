import type { HttpRequest } from './checks';
import type { RequestTo } from './connections';
import type { Content, Expectation } from './expectations';
import type { Conditions } from './matchers';
import type { Json, Values } from './values';

/** The request with all references replaced, for whichever address its target has. */
export function requestTo({ path, method, headers, body, form }: HttpRequest, values: Values): RequestTo {
  const own = Object.fromEntries(
    Object.entries(values.texts(headers)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const sent =
    form !== undefined
      ? {
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...own },
          body: new URLSearchParams(values.texts(form)).toString(),
        }
      : body !== undefined
        ? { headers: { 'content-type': 'application/json', ...own }, body: JSON.stringify(values.json(body)) }
        : { headers: own, body: undefined };
  return (address) => ({ url: join(address, values.text(path, encodeURIComponent)), method, ...sent });
}

/** An address with a path below it; the address itself when there is none. */
export function join(address: URL, path: string): URL {
  return path === '' ? address : new URL(address.href.replace(/\/$/, '') + path);
}

/** What was expected, with all references replaced. */
export function resolveContent<C extends Content | Expectation>(expected: C, values: Values): C {
  const { matches, body } = expected;
  return {
    ...expected,
    contains: expected.contains.map((text) => values.text(text)),
    excludes: expected.excludes.map((text) => values.text(text)),
    ...(matches !== undefined && { matches: values.text(matches) }),
    ...(body !== undefined && { body: values.json(body) }),
    json: resolveConditions(expected.json, values),
    ...('headers' in expected && { headers: resolveConditions(expected.headers, values) }),
  };
}

function resolveConditions(
  conditions: Readonly<Record<string, Conditions>>,
  values: Values,
): Record<string, Conditions> {
  return values.json(conditions as Record<string, Json>) as Record<string, Conditions>;
}
