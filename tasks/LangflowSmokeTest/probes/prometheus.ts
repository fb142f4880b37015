import { UserError } from '../../common/errors';
import type { PrometheusCheck } from '../checks';
import { jsonOf } from '../expectations';
import { mismatchesAt, type Conditions } from '../matchers';
import type { ProbeContext, ProbeResult } from '../probe';
import { join } from '../request';

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
interface QueryAnswer {
  status: 'success' | 'error';
  error?: string;
  data?:
    | { resultType: 'scalar' | 'string'; result: [number, string] }
    | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
    | { resultType: 'matrix'; result: unknown };
}

/** A series and its value now; `series` is empty for a scalar. */
export interface Sample {
  series: string;
  value: number;
}

/**
 * Evaluates a query and judges the value of every series.
 * @throws UserError when Prometheus does not answer, or refuses the query
 */
export async function probePrometheus(
  check: PrometheusCheck,
  { values, connections }: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const query = new URLSearchParams({ query: values.text(check.query) });
  const answer = await connections.send(
    check.target,
    (address) => ({
      url: join(address, `/api/v1/query?${query.toString()}`),
      method: 'GET',
      headers: values.texts(check.headers),
      body: undefined,
    }),
    signal,
  );
  const parsed = jsonOf(answer) as QueryAnswer | null | undefined;
  if (parsed?.status === 'error') throw new UserError(`Prometheus refuses the query: ${parsed.error ?? ''}`);
  const samples = answer.status === 200 ? samplesOf(parsed?.data) : undefined;
  if (samples === undefined) {
    return {
      failures: [`Expected Prometheus' answer, found another of status ${answer.status}.`],
      output: answer.body,
    };
  }
  return { failures: judge(samples, check.expect), output: samples.map(textOf).join('\n') };
}

/** Why the values are not what was expected. */
export function judge(
  samples: readonly Sample[],
  { empty, ...conditions }: Conditions & { empty: boolean },
): string[] {
  if (samples.length === 0) return empty ? [] : ['Expected a value, found no series.'];
  return samples.flatMap(({ series, value }) => mismatchesAt(series || 'The value', [value], conditions));
}

/** Undefined when it is no result of an instant query. */
export function samplesOf(data: QueryAnswer['data']): Sample[] | undefined {
  switch (data?.resultType) {
    case 'scalar':
      return [{ series: '', value: Number(data.result[1]) }];
    case 'vector':
      return data.result.map(({ metric, value }) => ({
        series: `{${Object.entries(metric)
          .map(([name, label]) => `${name}=${JSON.stringify(label)}`)
          .join(', ')}}`,
        value: Number(value[1]),
      }));
    default:
      return undefined;
  }
}

function textOf({ series, value }: Sample): string {
  return `${series} ${value}`.trim();
}
