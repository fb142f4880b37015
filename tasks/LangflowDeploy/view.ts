import type { KubernetesObject } from '../common/kubernetes/object';
import type { ReleaseResult } from '../common/rollout/applyRelease';
import { appliedBy, type ReleaseRecord } from '../common/rollout/record';
import type { Timeline } from '../common/rollout/timeline';
import { componentsOf, type ViewDraft } from '../common/view/draft';
import type { Deployment, Release, Rollback } from '../common/view/view.generated';
import { containerImages } from './images';
import type { Change } from './plan';
import { counted } from './planReport';

/** Characters of all diffs together; what does not fit stands in the log. */
const MOST_DIFF_CHARACTERS = 500_000;

/** What a release changes, as it was shown to people. */
export interface ShownPlan {
  changes: readonly Change[];
  /** The gravest first. */
  diffs: ReadonlyMap<Change, string>;
  /** What may cost requests, a sentence each. */
  warnings: readonly string[];
}

/** What is known of a deployment, as far as it came. */
export class DeploymentFacts {
  /** Address of the API server. */
  cluster?: string;
  plan?: ShownPlan;
  /** Of this release, or of what was put back. */
  record?: ReleaseRecord;
  /** Whether it was deployed already. */
  unchanged = false;
  timeline?: Timeline;
  result?: ReleaseResult;
  /** Of a way back that was asked for, or that another deployment made necessary. */
  rollback?: Rollback;

  constructor(readonly namespace: string) {}
}

/** What an action fills for the results tab. */
export interface Shown {
  view: ViewDraft;
  facts: DeploymentFacts;
}

/** The section of the results tab. */
export function deploymentView(facts: DeploymentFacts): Deployment {
  const { namespace, cluster, plan, record, unchanged, timeline, result } = facts;
  const failure = result && 'diagnosis' in result ? result : undefined;
  const rollback = failure ?? facts.rollback;
  return {
    namespace,
    cluster,
    revision: record?.revision,
    outcome: result?.outcome ?? facts.rollback?.outcome,
    ...(unchanged && { unchanged }),
    canaryShare: record?.canary?.share,
    plan: plan && planView(plan),
    ...(timeline && {
      origin: new Date(timeline.started).toISOString(),
      workloads: timeline.entries().map(({ name, wave, phase, appliedAt, healthyAt, states }) => ({
        name,
        wave,
        phase,
        appliedMs: appliedAt,
        healthyMs: healthyAt,
        states: states.map(({ at, state, detail }) => ({ atMs: at, state, detail })),
      })),
    }),
    diagnosis: failure?.diagnosis,
    rollback: rollback && { outcome: rollback.outcome, message: rollback.message },
    images: record && shownImages(appliedBy(record)),
  };
}

/** What a document says of a release that only its record tells of. */
export function recordedRelease({ name, digests }: ReleaseRecord): Release {
  return { name, components: componentsOf(digests) };
}

/** Likewise of the release before. */
export function formerOf(record: ReleaseRecord | undefined): Release['former'] {
  return record && { ...recordedRelease(record), revision: record.revision };
}

function planView({ changes, diffs, warnings }: ShownPlan): Deployment['plan'] {
  let left = MOST_DIFF_CHARACTERS;
  return {
    ...counted(changes),
    changes: [...diffs].flatMap(([{ action, name, fields }, diff]) => {
      if (action === 'unchanged') return [];
      left -= diff.length;
      return [{ action, name, fields, ...(diff !== '' && left >= 0 && { diff }) }];
    }),
    warnings: [...warnings],
  };
}

function shownImages(objects: readonly KubernetesObject[]): Deployment['images'] {
  return containerImages(objects).map(({ digest = '', ...image }) => ({
    ...image,
    // Where a digest is not pinned, there may be anything.
    ...(/^sha256:[0-9a-f]{64}$/.test(digest) && { digest }),
  }));
}
