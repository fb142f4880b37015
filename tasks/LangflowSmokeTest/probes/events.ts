import { createParser } from 'eventsource-parser';
import { plural } from '../../common/plural';
import { capture, withoutBody } from '../capture';
import type { EventsCheck } from '../checks';
import { contentMismatches, headerMismatches, jsonOf, statusMismatch } from '../expectations';
import { LONGEST_BODY, reasonOf } from '../http';
import { TimeLimit, type ProbeContext, type ProbeResult } from '../probe';
import { requestTo, resolveContent } from '../request';

/** Events kept for the report, the last ones. */
const SHOWN = 10;

/**
 * Opens the stream of a check and reads it until it has brought what is expected.
 * @throws UserError when there is no answer
 */
export async function probeEvents(
  check: EventsCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { values, connections } = context;
  const expected = resolveContent(check.expect, values);
  const { head, stream, started } = await connections.open(
    check.target,
    requestTo(check.request, values),
    signal,
  );
  const early = [
    ...statusMismatch(head.status, expected.status),
    ...headerMismatches(head.headers, expected.headers),
  ];
  const events: string[] = [];
  let firstMs: number | undefined;
  let closest: string[] | undefined;
  let right: string | undefined;
  const reader = eventReader((event) => {
    firstMs ??= performance.now() - started;
    events.push(event);
    const mismatches = contentMismatches(event, expected);
    if (mismatches.length === 0) right ??= event;
    if (closest === undefined || mismatches.length <= closest.length) closest = mismatches;
  });
  const isEnough = (): boolean => right !== undefined && events.length >= expected.count;
  const failures: string[] = [...early];
  let bytes = 0;
  let ended = '';
  if (early.length === 0) {
    try {
      stream.setEncoding('utf8');
      for await (const chunk of stream) {
        reader.feed(chunk as string);
        bytes += (chunk as string).length;
        if (isEnough() || bytes > LONGEST_BODY) break;
      }
      reader.end();
      ended = bytes > LONGEST_BODY ? 'it is too long to be read to its end' : 'the stream ended';
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof TimeLimit)) throw signal.reason;
      ended = signal.aborted ? 'the time was over' : reasonOf(error).replace(/\.$/, '');
    }
  }
  stream.destroy();
  if (early.length === 0 && !isEnough()) {
    failures.push(`Expected ${plural(expected.count, 'event')}, found ${events.length}; ${ended}.`);
    if (right === undefined && closest !== undefined)
      failures.push(`Of no event it held: ${closest.join(' ')}`);
  }
  if (expected.firstWithinMs !== undefined && firstMs !== undefined && firstMs > expected.firstWithinMs) {
    failures.push(
      `Expected the first event within ${expected.firstWithinMs} ms, found it after ${Math.round(firstMs)} ms.`,
    );
  }
  const source = { json: jsonOf({ body: right ?? '', truncated: false }), headers: head.headers };
  const captured = capture(check.captures, source, values);
  if (!captured.mayShow) return { failures: withoutBody(failures, captured.failures, '') };
  return { failures: [...failures, ...captured.failures], output: events.slice(-SHOWN).join('\n') };
}

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Langflow sends JSON line by
 * line under that content type: such a line is an event, too.
 */
export function eventReader(onEvent: (data: string) => void): { feed(chunk: string): void; end(): void } {
  const parser = createParser({
    onEvent: ({ data }) => {
      onEvent(data);
    },
    onError: ({ line = '' }) => {
      if (line.trimStart().startsWith('{')) onEvent(line);
    },
  });
  return {
    feed: (chunk) => {
      parser.feed(chunk);
    },
    end: () => {
      parser.reset({ consume: true });
    },
  };
}
