import { CancelledError } from '../errors';

/**
 * Aborts once the agent cancels the step: SIGINT first, SIGTERM 7.5 s later, then the process tree is killed
 * (azure-pipelines-agent, Agent.Sdk/ProcessInvoker.cs). On Windows these are Ctrl+C and Ctrl+Break, which Node calls
 * SIGBREAK. Having a handler is what keeps Node alive long enough to clean up.
 */
export function cancellationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(name, () => {
      controller.abort(new CancelledError(name));
    });
  }
  return controller.signal;
}
