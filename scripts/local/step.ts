const HEARTBEAT_MS = 30_000;

/**
 * Does one step and prints what it came to and how long it took; a long one shows every 30 s that it goes on. When it
 * fails, the program ends.
 * @param act returns what was done or found, for the line
 */
export async function step(title: string, act: () => Promise<string>): Promise<void> {
  const start = performance.now();
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const heartbeat = setInterval(() => {
    console.log(`  … ${title}: ${seconds()}`);
  }, HEARTBEAT_MS);
  try {
    console.log(`✓ ${title}: ${await act()} (${seconds()})`);
  } catch (error) {
    console.error(`✗ ${title} (${seconds()})\n  ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  } finally {
    clearInterval(heartbeat);
  }
}
