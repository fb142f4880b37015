import type { Run } from '../model/run';

const INTERVAL_MS = 5_000;

export interface Followed {
  run?: Run;
  /** Why the last look failed; what was read before stays. */
  problem?: string;
}

/** Reads a run, and again while it runs and somebody looks. */
export async function follow(
  read: () => Promise<Run>,
  show: (followed: Followed) => void,
  options: { signal: AbortSignal; intervalMs?: number },
): Promise<void> {
  const { signal, intervalMs = INTERVAL_MS } = options;
  let run: Run | undefined;
  while (!isAborted(signal)) {
    try {
      run = await read();
      // Another run may have been opened meanwhile.
      signal.throwIfAborted();
      show({ run });
      if (!run.isRunning) return;
    } catch (error) {
      if (isAborted(signal)) return;
      show({ run, problem: error instanceof Error ? error.message : String(error) });
    }
    await pause(intervalMs);
    await untilVisible();
  }
}

/** As a function, since the compiler does not know that it changes. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A tab in the background asks for nothing. */
async function untilVisible(): Promise<void> {
  while (document.hidden)
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true });
    });
}
