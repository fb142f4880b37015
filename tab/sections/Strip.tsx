import { useRef } from 'preact/hooks';
import { linkTo, type Chain } from '../model/chain';
import { formatMs } from '../model/format';
import type { Phase, PhaseSummary, State } from '../model/run';
import { Mark } from '../parts/Mark';

export const TITLES: Record<Phase, string> = {
  build: 'Build',
  scan: 'Scan',
  deploy: 'Deploy',
  smoke: 'Smoke test',
};

const WORDS: Record<State, string> = {
  waiting: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  warning: 'with warnings',
  failed: 'failed',
  canceled: 'canceled',
  skipped: 'not run',
};

interface StripProps {
  phases: readonly PhaseSummary[];
  chains: readonly Chain[];
  chosen: Phase;
  choose: (phase: Phase) => void;
}

/**
 * The way of the release as tabs, by the pattern of the ARIA Authoring Practices: arrows move, the chosen one is in the
 * order of the Tab key. https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */
export function Strip({ phases, chains, chosen, choose }: StripProps) {
  const tabs = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = phases.findIndex(({ phase }) => phase === chosen);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: phases.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = phases[(to + phases.length) % phases.length];
    if (!next) return;
    choose(next.phase);
    tabs.current?.querySelector<HTMLElement>(`#tab-${next.phase}`)?.focus();
  };
  return (
    <div class="strip" role="tablist" aria-label="The way of the release" ref={tabs} onKeyDown={move}>
      {phases.map(({ phase, state, durationMs, steps }) => (
        <button
          key={phase}
          id={`tab-${phase}`}
          type="button"
          role="tab"
          class={state}
          aria-selected={phase === chosen}
          aria-controls={phase === chosen ? 'section' : undefined}
          tabIndex={phase === chosen ? 0 : -1}
          onClick={() => {
            choose(phase);
          }}
        >
          <span class="phase">
            <Mark state={state} /> {TITLES[phase]}
          </span>
          <span class="state">
            {WORDS[state]}
            {durationMs !== undefined && ` · ${formatMs(durationMs)}`}
            {steps.length > 1 && ` · ${steps.length} steps`}
          </span>
          <Link phase={phase} chains={chains} />
        </button>
      ))}
    </div>
  );
}

function Link({ phase, chains }: { phase: Phase; chains: readonly Chain[] }) {
  const link = linkTo(phase, chains);
  if (!link) return <span class="link"> </span>;
  const { digests, broken } = link;
  const images = `${digests} ${digests === 1 ? 'image' : 'images'}`;
  return broken === 0 ? (
    <span class="link whole">✓ same {images} as before</span>
  ) : (
    <span class="link broken">
      ✗ chain broken: {broken} of {images}
    </span>
  );
}
