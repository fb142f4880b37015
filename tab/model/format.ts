const KIB = 1024;

/** `412345678` → `393.2 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(KIB)), units.length - 1);
  const value = bytes / KIB ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}

/** `2245478` → `+2.1 MiB`; `unchanged` for 0. */
export function formatGrowth(bytes: number): string {
  if (bytes === 0) return 'unchanged';
  return `${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`;
}

/** `420` → `420 ms`, `61200` → `1m 1s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${seconds % 60}s`;
}

/** The first twelve hex digits: enough to tell digests apart by eye. */
export function shortDigest(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

/** Where a bar begins and ends on an axis, in percent; a bar is never too thin to be seen. */
export function bar(startMs: number, endMs: number, spanMs: number): { left: string; width: string } {
  const span = Math.max(spanMs, 1);
  const width = Math.max(((endMs - startMs) / span) * 100, 0.4);
  const left = Math.min((startMs / span) * 100, 100 - width);
  return { left: `${left.toFixed(2)}%`, width: `${width.toFixed(2)}%` };
}
