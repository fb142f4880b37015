import { InputError } from './errors';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 24 * UNITS.h;

/**
 * Parses a duration such as `90s`, `10m` or `1h30m`, as Go and Kubernetes write them.
 * @param shortestMs 0 lets `0s` pass
 * @returns milliseconds, at most 24 hours
 * @throws InputError that names the input and the accepted format
 */
export function parseDuration(input: string, text: string, shortestMs = 1): number {
  const parts = /^(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim());
  const [, hours, minutes, seconds] = parts ?? [];
  const ms = Number(hours ?? 0) * UNITS.h + Number(minutes ?? 0) * UNITS.m + Number(seconds ?? 0) * UNITS.s;
  if (!parts || ms < shortestMs || ms > LONGEST_MS) {
    throw new InputError(input, text, 'a duration of at most 24 hours such as 90s, 10m or 1h30m');
  }
  return ms;
}

/** `83000` → `1m23s`; below ten seconds with one decimal, `1500` → `1.5s`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3_600);
  if (seconds < 60) return `${seconds}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds % 60}s` : `${minutes}m${seconds % 60}s`;
}
