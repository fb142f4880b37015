import { UserError } from '../../common/errors';
import type { Capture, HttpCheck } from '../checks';
import { valueAt } from '../capture';
import { jsonOf, mismatchesOf, type Answer } from '../expectations';
import { send, type Request } from '../http';
import { forwardTo } from '../portForward';
import { untilAborted, type ProbeContext, type ProbeResult } from '../probe';
import { findEndpoint } from '../service';
import type { Values } from '../values';

/**
 * Sends the request of a check and judges the answer.
 * @throws UserError when there is no answer
 */
export async function probeHttp(
  check: HttpCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const answer = await answerTo(check, context, signal);
  // Captured before anything of the answer is shown, so that its secrets are known by then.
  const { failures, mayShow } = capture(check.captures, answer, context.values);
  const { status, body, contains } = check.expect;
  const expected = {
    status,
    body: body === undefined ? undefined : context.values.json(body),
    contains: contains === undefined ? undefined : context.values.text(contains),
  };
  const mismatches = mismatchesOf(answer, expected);
  if (mayShow) return { failures: [...mismatches, ...failures], output: answer.body };
  return {
    failures: [
      // Of a body that may hold a secret nobody knows, only what is expected may be told.
      ...(mismatches.length === 0
        ? []
        : [`The answer, with status ${answer.status}, is not what was expected.`]),
      ...failures,
      'The body is not shown, since it may hold the secret that was not found.',
    ],
  };
}

async function answerTo(check: HttpCheck, context: ProbeContext, signal: AbortSignal): Promise<Answer> {
  const { target } = check;
  if (target.kind === 'url') return send(requestOf(check, target.url, context.values), signal);
  const endpoint = await untilAborted(
    findEndpoint(context.client, context.namespace, target.name, target.port),
    signal,
  );
  const forward = await forwardTo(context.config, context.namespace, endpoint);
  try {
    const address = new URL(`http://127.0.0.1:${forward.port}`);
    const { headers, ...request } = requestOf(check, address, context.values);
    return await send(
      { ...request, headers: { host: `${target.name}.${context.namespace}`, ...headers } },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    const problem = forward.problem();
    throw problem === undefined ? error : new UserError(`Port-forward to pod ${endpoint.pod}: ${problem}`);
  } finally {
    forward.close();
  }
}

/** The request with all references replaced. */
export function requestOf({ request }: HttpCheck, address: URL, values: Values): Request {
  const { path, method, headers, body, form } = request;
  const own = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), values.text(value)]),
  );
  return {
    url:
      path === ''
        ? address
        : new URL(address.href.replace(/\/$/, '') + values.text(path, encodeURIComponent)),
    method,
    ...(form !== undefined
      ? {
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...own },
          body: new URLSearchParams(
            Object.entries(form).map(([name, value]): [string, string] => [name, values.text(value)]),
          ).toString(),
        }
      : body !== undefined
        ? { headers: { 'content-type': 'application/json', ...own }, body: JSON.stringify(values.json(body)) }
        : { headers: own, body: undefined }),
  };
}

/** Keeps what later checks need; says what the answer does not have, and whether it may be shown. */
export function capture(
  captures: readonly Capture[],
  answer: Answer,
  values: Values,
): { failures: string[]; mayShow: boolean } {
  const json = captures.length === 0 ? undefined : jsonOf(answer);
  const missing = captures.flatMap((wanted) => {
    const value = json === undefined ? undefined : valueAt(json, wanted.path);
    if (value === undefined || value === null || typeof value === 'object') {
      return [
        {
          ...wanted,
          found: value === undefined ? 'nothing' : value === null ? 'null' : 'an object or a list',
        },
      ];
    }
    values.set(wanted.name, value, wanted);
    return [];
  });
  return {
    failures: missing.map(
      ({ name, path, found }) =>
        `${name} was not captured: expected a text or number at /${path.join('/')}, found ${found}.`,
    ),
    mayShow: !missing.some(({ secret }) => secret),
  };
}
