import type { State } from '../model/run';

const SIGNS: Record<State, string> = {
  waiting: '○',
  running: '◔',
  succeeded: '✓',
  warning: '!',
  failed: '✗',
  canceled: '⊘',
  skipped: '–',
};

/** The sign of a state; the word stands beside it or is in `label`. */
export function Mark({ state, label }: { state: State; label?: string }) {
  return (
    <span class={`mark ${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span>
      {label && <span class="unseen">{label}</span>}
    </span>
  );
}
