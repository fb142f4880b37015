import { useMemo, useState } from 'preact/hooks';
import { chainsOf } from '../model/chain';
import { phasesOf, type Phase, type PhaseSummary, type Run } from '../model/run';
import { ChainTable } from './ChainTable';
import { PhaseSection } from './PhaseSection';
import { Strip } from './Strip';

/** The whole page: the way of the release, and below it the phase that is looked at. */
export function Page({ run }: { run: Run }) {
  const [chosen, choose] = useState<Phase>();
  const phases = phasesOf(run, Date.now());
  const chains = useMemo(() => chainsOf(run), [run]);
  if (run.steps.length === 0) {
    return (
      <main>
        <h1>Langflow release</h1>
        <p role="status">
          {run.isRunning
            ? 'No step of Langflow Delivery has run yet. The page refreshes itself.'
            : 'No step of Langflow Delivery has left a report in this run.'}
        </p>
      </main>
    );
  }
  const phase = chosen ?? firstToSee(phases);
  const summary = phases.find((candidate) => candidate.phase === phase);
  return (
    <main>
      <h1>
        Langflow release <span class="names">{chains.map(({ release }) => release).join(', ')}</span>
      </h1>
      <Strip phases={phases} chains={chains} chosen={phase} choose={choose} />
      <ChainTable chains={chains} />
      {summary && <PhaseSection key={phase} summary={summary} run={run} />}
    </main>
  );
}

/** What failed, else what runs, else the last phase that has something to show. */
function firstToSee(phases: readonly PhaseSummary[]): Phase {
  const used = phases.filter(({ steps }) => steps.length > 0);
  const failed = used.find(({ state }) => state === 'failed');
  const running = used.find(({ state }) => state === 'running');
  const last = used.filter(({ state }) => state !== 'waiting' && state !== 'skipped').at(-1);
  return (failed ?? running ?? last ?? used[0])?.phase ?? 'build';
}
