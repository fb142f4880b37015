import { useState } from 'preact/hooks';
import { formatMs } from '../model/format';
import type { ViewDocument } from '../model/documents';
import type { PhaseSummary, Run, Step } from '../model/run';
import { Message } from '../parts/Message';
import { BuildSection } from './BuildSection';
import { DeploySection } from './DeploySection';
import { ScanSection } from './ScanSection';
import { SmokeSection } from './SmokeSection';
import { TITLES } from './Strip';

/** What can be chosen in a phase: each step, and each attempt of a step that was tried again. */
interface Choice {
  key: string;
  title: string;
  step: Step;
  document?: ViewDocument;
}

/** The panel below the strip. */
export function PhaseSection({ summary, run }: { summary: PhaseSummary; run: Run }) {
  const { phase, steps } = summary;
  const choices = steps.flatMap(choicesOf);
  const [key, setKey] = useState<string>();
  const chosen = choices.find((choice) => choice.key === key) ?? firstToSee(choices);
  return (
    <section id="section" role="tabpanel" aria-labelledby={`tab-${phase}`} tabIndex={0}>
      {choices.length > 1 && (
        <label class="choice">
          Step
          <select
            value={chosen?.key}
            onChange={({ currentTarget }) => {
              setKey(currentTarget.value);
            }}
          >
            {choices.map((choice) => (
              <option key={choice.key} value={choice.key}>
                {choice.title}
              </option>
            ))}
          </select>
        </label>
      )}
      {chosen ? <Chosen key={chosen.key} choice={chosen} run={run} /> : <p>This run has no such step.</p>}
      <p class="unseen">End of {TITLES[phase]}</p>
    </section>
  );
}

function choicesOf(step: Step): Choice[] {
  const title = [step.name, step.place].filter(Boolean).join(' – ');
  if (step.documents.length === 0) return [{ key: step.id, title: `${title} (${step.state})`, step }];
  const { length } = step.documents;
  return step.documents.map((document, index) => ({
    // From the first attempt on, so that a later one does not take its place while somebody looks.
    key: `${step.id}/${length - index}`,
    title: `${title} (${'view' in document ? document.view.result : step.state}${length > 1 ? `, attempt ${length - index} of ${length}` : ''})`,
    step,
    document,
  }));
}

function firstToSee(choices: readonly Choice[]): Choice | undefined {
  const latest = choices.filter(({ step, document }) => document === step.documents[0]);
  return (
    latest.find(({ step }) => step.state === 'failed') ??
    latest.find(({ step }) => step.state === 'running') ??
    latest[0]
  );
}

function Chosen({ choice: { step, document }, run }: { choice: Choice; run: Run }) {
  if (!document) return <p role="status">{emptyText(step)}</p>;
  if ('problem' in document) return <Message kind="failed">{document.problem}</Message>;
  const { view } = document;
  const tookMs = Date.parse(view.finished) - Date.parse(view.started);
  return (
    <>
      <h2>{view.displayName}</h2>
      <p class="facts">
        {step.place && `${step.place} · `}
        {view.action !== 'smokeTest' && `${view.action} · `}
        <time dateTime={view.started}>{new Date(view.started).toLocaleString()}</time>
        {` · ${formatMs(tookMs)}`}
      </p>
      {view.message !== '' && (
        <Message kind={view.result === 'succeeded' ? step.state : view.result}>{view.message}</Message>
      )}
      {view.build && <BuildSection build={view.build} />}
      {view.scan && <ScanSection scan={view.scan} run={run} runUrl={view.run.url} />}
      {view.deployment && <DeploySection deployment={view.deployment} former={view.release?.former?.name} />}
      {view.smokeTest && <SmokeSection smokeTest={view.smokeTest} />}
    </>
  );
}

function emptyText({ name, state }: Step): string {
  if (state === 'waiting') return `${name} has not run yet.`;
  if (state === 'running') return `${name} is running. The page refreshes itself.`;
  if (state === 'skipped') return `${name} was skipped.`;
  return `${name} has left no report: it was killed, or an older version of the extension ran it. Its log has more.`;
}
