import WebSocket from 'ws';
import { capture, withoutBody } from '../capture';
import type { WebSocketCheck } from '../checks';
import { contentMismatches, jsonOf, type Content } from '../expectations';
import { LONGEST_BODY, NoAnswer, reasonOf } from '../http';
import { TimeLimit, type ProbeContext, type ProbeResult } from '../probe';
import { requestTo, resolveContent } from '../request';
import { trustedCertificates } from '../trust';
import type { Json } from '../values';

/** Messages kept for the report, the last ones. */
const SHOWN = 10;

/**
 * Opens the WebSocket of a check, sends its messages and reads until one message is as expected.
 * @throws UserError when the connection cannot be opened
 */
export async function probeWebSocket(
  check: WebSocketCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { values, connections } = context;
  const route = await connections.routeTo(check.target, signal);
  const { url, headers } = requestTo({ ...check.request, method: 'GET' }, values)(route.address);
  const socket = new WebSocket(new URL(url.href.replace(/^http/, 'ws')), {
    headers: { ...(route.host !== undefined && { host: route.host }), ...headers },
    maxPayload: LONGEST_BODY,
    ca: trustedCertificates(),
  });
  const expected = check.expect && resolveContent(check.expect, values);
  const messages: string[] = [];
  try {
    const { failures, right } = await converse(
      socket,
      check.send.map((message) => textOf(values.json(message))),
      expected,
      messages,
      signal,
    );
    const captured = capture(
      check.captures,
      { json: jsonOf({ body: right ?? '', truncated: false }) },
      values,
    );
    if (!captured.mayShow) return { failures: withoutBody(failures, captured.failures, '') };
    return { failures: [...failures, ...captured.failures], output: messages.slice(-SHOWN).join('\n') };
  } catch (error) {
    if (error instanceof NoAnswer) {
      connections.forget(check.target);
      throw connections.problemOf(route, error);
    }
    throw error;
  } finally {
    socket.terminate();
  }
}

/** @returns why no message is right, or the one that is */
function converse(
  socket: WebSocket,
  send: readonly string[],
  expected: Content | undefined,
  messages: string[],
  signal: AbortSignal,
): Promise<{ failures: string[]; right?: string }> {
  return new Promise((resolve, reject) => {
    let opened = false;
    let closest: string[] = [];
    const giveUp = (why: string): void => {
      resolve({
        failures: [
          `Expected a message that is right among ${messages.length}; ${why}.`,
          ...(closest.length > 0 ? [`Of no message it held: ${closest.join(' ')}`] : []),
        ],
      });
    };
    const onAbort = (): void => {
      if (opened && signal.reason instanceof TimeLimit) giveUp('the time was over');
      else reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('open', () => {
      opened = true;
      for (const message of send) socket.send(message);
      if (expected === undefined) resolve({ failures: [] });
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      messages.push(text);
      const mismatches = contentMismatches(text, expected ?? { contains: [], excludes: [], json: {} });
      if (mismatches.length === 0) resolve({ failures: [], right: text });
      else if (closest.length === 0 || mismatches.length <= closest.length) closest = mismatches;
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      resolve({ failures: [`Expected a WebSocket (status 101), found status ${statusCode ?? 0}.`] });
    });
    socket.on('close', (code) => {
      giveUp(`the connection was closed with code ${code}`);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (opened) giveUp(error.message);
      else reject(new NoAnswer(`No answer: ${reasonOf(error)}`, error.code));
    });
  });
}

function textOf(message: Json): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
