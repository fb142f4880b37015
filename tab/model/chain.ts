import type { ReleaseView } from '../../tasks/common/view/view.generated';
import { PHASES, viewOf, type Phase, type Run } from './run';

/** One component on its way: the digest that each phase saw. */
export interface ChainRow {
  component: string;
  digests: Partial<Record<Phase, string>>;
  /** The phases that saw another digest than the phase before. */
  broken: Phase[];
}

export interface Chain {
  /** Name of the release. */
  release: string;
  rows: ChainRow[];
}

/** These speak of a release that was there before, or of what another step began. */
const ASIDE: ReleaseView['action'][] = ['rollback', 'finish'];

/**
 * Follows each component's digest from task to task, for each release by itself. Where a task saw another digest than the
 * one before it, what is judged there is not what was built.
 */
export function chainsOf(run: Run): Chain[] {
  const chains = new Map<string, Map<string, ChainRow & { latest?: string }>>();
  for (const phase of PHASES) {
    for (const step of run.steps.filter((candidate) => candidate.phase === phase)) {
      const view = viewOf(step);
      if (!view?.release || ASIDE.includes(view.action)) continue;
      const rows = chains.get(view.release.name) ?? new Map<string, ChainRow & { latest?: string }>();
      chains.set(view.release.name, rows);
      for (const { name, digest } of view.release.components) {
        const row = rows.get(name) ?? { component: name, digests: {}, broken: [] };
        if (row.latest !== undefined && row.latest !== digest && !row.broken.includes(phase))
          row.broken.push(phase);
        row.digests[phase] = digest;
        row.latest = digest;
        rows.set(name, row);
      }
    }
  }
  return [...chains].map(([release, rows]) => ({
    release,
    rows: [...rows.values()].map(({ component, digests, broken }) => ({ component, digests, broken })),
  }));
}

/** How a phase saw the digests of the phases before it; nothing when it saw none or was the first. */
export function linkTo(
  phase: Phase,
  chains: readonly Chain[],
): { digests: number; broken: number } | undefined {
  const before = PHASES.slice(0, PHASES.indexOf(phase));
  const rows = chains
    .flatMap((chain) => chain.rows)
    .filter(({ digests }) => digests[phase] !== undefined && before.some((former) => digests[former]));
  if (rows.length === 0) return undefined;
  return { digests: rows.length, broken: rows.filter(({ broken }) => broken.includes(phase)).length };
}
