import type { Deployment } from '../../tasks/common/view/view.generated';
import { bar, formatMs, shortDigest } from '../model/format';
import type { State } from '../model/run';
import { Mark } from '../parts/Mark';
import { Message } from '../parts/Message';
import { Table } from '../parts/Table';
import { Diff, TextBlock } from '../parts/TextBlock';
import { Tiles } from '../parts/Tiles';

type Workload = NonNullable<Deployment['workloads']>[number];
type Plan = NonNullable<Deployment['plan']>;

const OUTCOMES: Record<NonNullable<Deployment['outcome']>, string> = {
  deployed: 'deployed',
  canary: 'canary runs',
  restored: 'restored to what was there before',
  notRestored: 'NOT restored',
};
const STATES: Record<Workload['states'][number]['state'], State> = {
  progressing: 'running',
  healthy: 'succeeded',
  failed: 'failed',
};

export function DeploySection({ deployment, former }: { deployment: Deployment; former?: string }) {
  const { namespace, cluster, revision, outcome, unchanged, canaryShare, plan, workloads, rollback } =
    deployment;
  return (
    <>
      <Tiles
        tiles={[
          ['Namespace', namespace],
          ...(cluster ? ([['Cluster', cluster]] as const) : []),
          ['Revision', revision ?? '–'],
          [
            'Outcome',
            outcome ? OUTCOMES[outcome] : 'nothing applied',
            outcome === 'restored' || outcome === 'notRestored' ? 'bad' : '',
          ],
          ...(canaryShare === undefined ? [] : ([['Canary', `${canaryShare} %`]] as const)),
          ...(former === undefined ? [] : ([['Release before', former]] as const)),
        ]}
      />
      {unchanged && (
        <Message kind="succeeded">This release was deployed already; nothing was changed.</Message>
      )}
      {rollback && (
        <Message kind={rollback.outcome === 'restored' ? 'warning' : 'failed'}>{rollback.message}</Message>
      )}
      {deployment.diagnosis && <TextBlock title="Diagnosis" text={deployment.diagnosis} />}
      {workloads && workloads.length > 0 && <Timeline workloads={workloads} />}
      {plan && <Changes plan={plan} />}
      {deployment.images && deployment.images.length > 0 && (
        <>
          <h3>Images of the containers</h3>
          <Table
            caption="Images of the containers"
            columns={[{ title: 'Workload' }, { title: 'Container' }, { title: 'Image' }, { title: 'Digest' }]}
            rows={deployment.images.map(({ workload, container, image, digest }) => [
              workload,
              container,
              image,
              digest ? <code title={digest}>{shortDigest(digest)}</code> : 'not by digest',
            ])}
          />
        </>
      )}
    </>
  );
}

/** The way of each workload: a segment for each state that was seen. */
function Timeline({ workloads }: { workloads: readonly Workload[] }) {
  const span = Math.max(...workloads.map(endOf), 1);
  return (
    <>
      <h3>Workloads</h3>
      <Table
        caption="Workloads"
        columns={[
          { title: 'Workload' },
          { title: 'Wave' },
          { title: 'Applied at', number: true },
          { title: 'Healthy after', number: true },
          { title: 'Course', wide: true },
          { title: 'States' },
        ]}
        rows={workloads.map((workload) => [
          <>
            {workload.name} {workload.phase === 'restore' && <span class="badge">restored</span>}
          </>,
          workload.wave ?? '–',
          formatMs(workload.appliedMs),
          workload.healthyMs === undefined ? (
            <Mark state="failed" label="never healthy" />
          ) : (
            formatMs(workload.healthyMs - workload.appliedMs)
          ),
          <span class="axis" aria-hidden="true">
            {segmentsOf(workload).map(({ startMs, endMs, kind }) => (
              <span key={startMs} class={`bar ${kind}`} style={bar(startMs, endMs, span)} />
            ))}
          </span>,
          <details>
            <summary>{workload.states.at(-1)?.detail ?? 'none seen'}</summary>
            <ol class="states">
              {workload.states.map(({ atMs, state, detail }) => (
                <li key={atMs}>
                  <Mark state={STATES[state]} label={state} /> {formatMs(atMs)}: {detail}
                </li>
              ))}
            </ol>
          </details>,
        ])}
      />
    </>
  );
}

function segmentsOf({ appliedMs, states, healthyMs, phase }: Workload) {
  const last = Math.max(appliedMs, states.at(-1)?.atMs ?? 0);
  const kind = healthyMs === undefined ? 'failed' : phase === 'restore' ? 'restored' : 'plain';
  return [{ startMs: appliedMs, endMs: healthyMs ?? last, kind }];
}

function endOf({ appliedMs, healthyMs, states }: Workload): number {
  return Math.max(appliedMs, healthyMs ?? 0, states.at(-1)?.atMs ?? 0);
}

function Changes({ plan }: { plan: Plan }) {
  return (
    <>
      <h3>Changes</h3>
      <p class="facts">
        {plan.create} created, {plan.change} changed, {plan.remove} removed, {plan.unchanged} unchanged
      </p>
      {plan.warnings.map((warning) => (
        <Message key={warning} kind="warning">
          {warning}
        </Message>
      ))}
      {plan.changes.map(({ action, name, fields, diff }) => (
        <details key={name} class="item">
          <summary>
            <span class={`badge ${action}`}>{action}</span> {name}{' '}
            <span class="facts">{fields.join(', ')}</span>
          </summary>
          {diff === undefined ? (
            <p>The diff is left out: all diffs together are too long.</p>
          ) : (
            <Diff title={`Diff of ${name}`} text={diff} />
          )}
        </details>
      ))}
    </>
  );
}
