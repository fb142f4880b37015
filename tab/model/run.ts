import type { ReleaseView } from '../../tasks/common/view/view.generated';
import type { ViewDocument } from './documents';

export const PHASES = ['build', 'scan', 'deploy', 'smoke'] as const;
export type Phase = (typeof PHASES)[number];

export type State = 'waiting' | 'running' | 'succeeded' | 'warning' | 'failed' | 'canceled' | 'skipped';

/** A step of the run that used one of our tasks. */
export interface Step {
  /** Id of its timeline record. */
  id: string;
  phase: Phase;
  name: string;
  /** `Deploy › Production`: stage and job. */
  place: string;
  state: State;
  startedMs?: number;
  finishedMs?: number;
  /** The latest first: a step that was tried again left several. */
  documents: ViewDocument[];
}

/** What the page shows. */
export interface Run {
  steps: Step[];
  isRunning: boolean;
  /** Of the run's artifacts as a zip file; not there in the HTML file of a run without an address. */
  artifactUrl?: (artifact: string) => string;
}

const PHASE_OF_TASK: Record<string, Phase> = {
  LangflowBuild: 'build',
  LangflowScan: 'scan',
  LangflowDeploy: 'deploy',
  LangflowSmokeTest: 'smoke',
};

/** By name and not by id, since the development channel has the same tasks under other ids and a suffixed name. */
export function phaseOfTask(task: string): Phase | undefined {
  const [known] = /^Langflow(Build|Scan|Deploy|SmokeTest)/.exec(task) ?? [];
  return known === undefined ? undefined : PHASE_OF_TASK[known];
}

/** The steps of an HTML file, which has documents and no timeline. */
export function stepsOf(documents: readonly ViewDocument[]): Step[] {
  const steps = new Map<string, Step>();
  documents.forEach((document, index) => {
    const step = stepOf(document, index);
    const former = steps.get(step.id);
    if (former) former.documents.unshift(document);
    steps.set(step.id, former ? { ...step, documents: former.documents } : step);
  });
  return [...steps.values()];
}

function stepOf(document: ViewDocument, index: number): Step {
  if ('problem' in document) {
    const name = 'A report that cannot be shown';
    return { id: `#${index}`, phase: 'build', name, place: '', state: 'failed', documents: [document] };
  }
  const { view } = document;
  return {
    id: view.run.record ?? `#${index}`,
    phase: PHASE_OF_TASK[view.task] ?? 'build',
    name: view.displayName,
    place: [view.run.stage, view.run.job].filter(Boolean).join(' › '),
    state: stateOf(view),
    startedMs: Date.parse(view.started),
    finishedMs: Date.parse(view.finished),
    documents: [document],
  };
}

/** What the document says goes beyond its step's result: a smoke test may pass with warnings. */
export function stateOf(view: ReleaseView): State {
  if (view.result !== 'succeeded') return view.result;
  return (view.smokeTest?.counts.warning ?? 0) > 0 ? 'warning' : 'succeeded';
}

export function viewOf(step: Step): ReleaseView | undefined {
  const [latest] = step.documents;
  return latest && 'view' in latest ? latest.view : undefined;
}

export interface PhaseSummary {
  phase: Phase;
  state: State;
  steps: Step[];
  /** From the first start to the last end. */
  durationMs?: number;
}

const GRAVITY: State[] = ['skipped', 'succeeded', 'warning', 'waiting', 'canceled', 'failed', 'running'];

/** The way of the release: each phase with its worst state. */
export function phasesOf(run: Run, nowMs: number): PhaseSummary[] {
  return PHASES.map((phase) => {
    const steps = run.steps.filter((step) => step.phase === phase);
    const states = steps.map(({ state }) => state);
    const none: State = run.isRunning ? 'waiting' : 'skipped';
    const state = states.reduce((worst, next) => graver(worst, next), states[0] ?? none);
    const starts = steps.flatMap(({ startedMs }) => startedMs ?? []);
    const ends = steps.flatMap(({ startedMs, finishedMs }) =>
      startedMs === undefined ? [] : (finishedMs ?? nowMs),
    );
    const durationMs = starts.length === 0 ? undefined : Math.max(0, Math.max(...ends) - Math.min(...starts));
    return { phase, state, steps, durationMs };
  });
}

function graver(one: State, other: State): State {
  return GRAVITY.indexOf(other) > GRAVITY.indexOf(one) ? other : one;
}
