import { readdirSync, readFileSync } from 'node:fs';

/** The peak of the resident memory, in kB, of processes whose command line has that text (proc_pid_status(5), VmHWM). */
export function watchMemory(text: string, everyMs = 100): { peak: () => number } {
  let peak = 0;
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)) continue;
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // It has ended.
      }
    }
  }, everyMs);
  return {
    peak: () => {
      clearInterval(timer);
      return peak;
    },
  };
}
