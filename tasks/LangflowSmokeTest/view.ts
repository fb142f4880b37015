import type { Check, SmokeTest } from '../common/view/view.generated';
import { percentile } from './latency';
import { placeOf } from './place';
import type { Answers } from './probe';
import { verdictOf } from './report';
import type { RollbackOutcome } from './rollback';
import type { Outcome } from './run';

/** Characters of what came and of evidence, of all checks together; the JUnit report has all. */
const MOST_EVIDENCE_CHARACTERS = 1_000_000;

/** What is known of a smoke test, as far as it came. */
export interface SmokeTestFacts {
  namespace: string;
  /** Of all checks that have ended. Their texts hold no secret any more. */
  outcomes: Outcome[];
  rollback?: RollbackOutcome;
}

/** The section of the results tab. */
export function smokeTestView({ namespace, outcomes, rollback }: SmokeTestFacts): SmokeTest {
  const { passed, failed, warnings, skipped } = verdictOf(outcomes);
  let left = MOST_EVIDENCE_CHARACTERS;
  return {
    verdict: passed ? 'passed' : 'failed',
    namespace,
    counts: { passed: outcomes.length - failed - warnings - skipped, failed, warning: warnings, skipped },
    checks: outcomes.map((outcome) => {
      left -= outcome.output.length + outcome.evidence.length;
      return checkView(left >= 0 ? outcome : { ...outcome, output: '', evidence: '' });
    }),
    rollback: rollback && { outcome: rollback.outcome, message: rollback.message },
  };
}

function checkView(outcome: Outcome): Check {
  const { name, group, what, status, attempts, durationMs, reasons, place, said, answers, output, evidence } =
    outcome;
  const source = place && placeOf(place);
  return {
    name,
    group,
    what,
    result: status,
    attempts,
    durationMs: Math.round(durationMs),
    reasons,
    ...(source && { file: source.path, line: source.line }),
    ...(said?.request && { request: said.request }),
    ...(said?.expected && { expected: said.expected }),
    ...(answers && { status: answers.status, latency: latencyOf(answers) }),
    ...(output !== '' && { output }),
    ...(evidence !== '' && { evidence }),
  };
}

function latencyOf({ latenciesMs }: Answers): Check['latency'] {
  const at = (percent: number): number => Math.round(percentile(latenciesMs, percent));
  return { requests: latenciesMs.length, p50Ms: at(50), p95Ms: at(95), maxMs: at(100) };
}
