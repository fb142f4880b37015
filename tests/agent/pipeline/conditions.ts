import { evaluate, textOf, truthy, type Value } from './expressions';
import { PipelineError, type Place } from './located';

/** The agent's TaskResult. */
export type Result = 'Succeeded' | 'SucceededWithIssues' | 'Failed' | 'Canceled' | 'Skipped';

/** What a condition decides by. */
export interface ConditionScope {
  values: Record<string, Value>;
  /** Results of what came before: all steps of the job, or the jobs or stages that this one depends on. */
  results: Record<string, Result>;
  canceled: boolean;
}

/** Whether a step, job or stage runs; the default condition is `succeeded()`. */
export function holds(place: Place, condition: string | undefined, scope: ConditionScope): boolean {
  return truthy(valueOf(place, condition ?? 'succeeded()', scope));
}

/** A variable's value with `$[ ]` evaluated. */
export function runtimeValue(place: Place, value: string, scope: ConditionScope): string {
  const expression = /^\$\[(.*)\]$/s.exec(value.trim())?.[1];
  return expression === undefined ? value : textOf(valueOf(place, expression, scope));
}

function valueOf(place: Place, expression: string, { values, results, canceled }: ConditionScope): Value {
  const chosen = (names: Value[]): Result[] =>
    names.length === 0
      ? Object.values(results)
      : names.map((name) => {
          const found = Object.keys(results).find((key) => key.toLowerCase() === textOf(name).toLowerCase());
          if (found === undefined) throw new Error(`'${textOf(name)}' is not among the dependencies`);
          return results[found] as Result;
        });
  const success = (result: Result): boolean => result === 'Succeeded' || result === 'SucceededWithIssues';
  const succeeded = (...names: Value[]): boolean => !canceled && chosen(names).every(success);
  const failed = (...names: Value[]): boolean =>
    !canceled && chosen(names).some((result) => result === 'Failed');
  const functions = {
    always: () => true,
    canceled: () => canceled,
    succeeded,
    failed,
    succeededOrFailed: (...names: Value[]) =>
      !canceled && chosen(names).every((result) => success(result) || result === 'Failed'),
  };
  try {
    return evaluate(expression, { values, functions });
  } catch (error) {
    throw new PipelineError(place, (error as Error).message);
  }
}

const ORDER: Result[] = ['Skipped', 'Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled'];

/** The result of a whole: the worst of its parts. */
export function worst(parts: readonly { result: Result }[]): Result {
  return parts.reduce<Result>(
    (result, part) => (ORDER.indexOf(part.result) > ORDER.indexOf(result) ? part.result : result),
    'Skipped',
  );
}
