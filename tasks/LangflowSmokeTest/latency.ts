/** Longest times that are allowed, in milliseconds. */
export interface LatencyLimits {
  p50?: number;
  p95?: number;
  p99?: number;
  max?: number;
}

/** The smallest value that `percent` % of all are not above: the nearest-rank percentile. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

/** `500ms` or `2s` in milliseconds. */
export function parseMilliseconds(text: string): number {
  return text.endsWith('ms') ? Number(text.slice(0, -2)) : Number(text.slice(0, -1)) * 1_000;
}

/** How the times are longer than they may be, a sentence each. */
export function latencyMismatches(times: readonly number[], limits: LatencyLimits): string[] {
  return Object.entries(limits).flatMap(([name, limit]: [string, number | undefined]) => {
    if (limit === undefined) return [];
    const found = percentile(times, name === 'max' ? 100 : Number(name.slice(1)));
    return found <= limit
      ? []
      : [
          `Latency ${name} over ${times.length} requests: expected at most ${limit} ms, found ${Math.round(found)} ms.`,
        ];
  });
}
