import pLimit from 'p-limit';
import { plural } from '../../common/plural';
import { checkAssets } from '../assets';
import { capture, withoutBody } from '../capture';
import type { HttpCheck, HttpRequest } from '../checks';
import { jsonOf, mismatchesOf, type Answer } from '../expectations';
import { latencyMismatches } from '../latency';
import type { ProbeContext, ProbeResult } from '../probe';
import { isRedirect, loopText, originOf, redirected } from '../redirect';
import { requestTo, resolveContent } from '../request';
import type { Target } from '../target';

/** What a server that limits the rate of requests answers (RFC 6585), and how long to wait when it does not say. */
const TOO_MANY_REQUESTS = 429;
const WAIT_MS = 5_000;

/**
 * Sends the request of a check, as often as it says, and judges every answer.
 * @throws UserError when there is no answer
 */
export async function probeHttp(
  check: HttpCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { values } = context;
  const { latency, assets, ...rest } = check.expect;
  const expected = resolveContent(rest, values);
  const answers = await pLimit(check.concurrency).map(Array<undefined>(check.times).fill(undefined), () =>
    answerTo(check, context, signal),
  );
  const judged = answers.map((answer) => ({
    answer,
    mismatches: mismatchesOf(answer, expected, context.clock.now()),
  }));
  const wrong = judged.filter(({ mismatches }) => mismatches.length > 0);
  const [telling] = [...wrong, ...judged];
  if (telling === undefined) throw new Error('A check sends one request at least.');
  // Captured before anything of the answer is shown, so that its secrets are known by then.
  const { failures, mayShow } = capture(
    check.captures,
    { json: jsonOf(telling.answer), headers: telling.answer.headers },
    values,
  );
  const latenciesMs = answers.map(({ latencyMs }) => latencyMs);
  const about = { status: telling.answer.status, latenciesMs };
  const mismatches = [
    ...(wrong.length > 0 && check.times > 1
      ? [`${wrong.length} of ${plural(check.times, 'answer')} are wrong.`]
      : []),
    ...telling.mismatches,
    ...latencyMismatches(latenciesMs, latency ?? {}),
  ];
  if (!mayShow)
    return {
      failures: withoutBody(mismatches, failures, `, with status ${telling.answer.status},`),
      answers: about,
    };
  const missing =
    assets !== undefined && mismatches.length === 0
      ? await checkAssets(check, telling.answer.body, assets, context, signal)
      : [];
  return {
    failures: [...mismatches, ...failures, ...missing],
    output: telling.answer.body,
    answers: about,
  };
}

async function answerTo(check: HttpCheck, context: ProbeContext, signal: AbortSignal): Promise<Answer> {
  let target: Target = check.target;
  let request: HttpRequest = check.request;
  let redirects = 0;
  for (;;) {
    const answer = await context.connections.send(target, requestTo(request, context.values), signal);
    if (answer.status === TOO_MANY_REQUESTS && !check.expect.status.includes(TOO_MANY_REQUESTS)) {
      const seconds = Number(answer.headers['retry-after']);
      await context.clock.sleep(seconds > 0 ? seconds * 1_000 : WAIT_MS, signal);
      continue;
    }
    if (check.redirects === 0 || !isRedirect(answer)) return answer;
    if (++redirects > check.redirects) {
      return { ...answer, body: loopText(target, answer.headers.location, check.redirects) };
    }
    const origin = originOf(target, context.values.text(request.path, encodeURIComponent), context.namespace);
    ({ target, request } = redirected(target, request, answer, origin));
  }
}
