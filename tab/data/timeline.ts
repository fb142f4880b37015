import { phaseOfTask, type State, type Step } from '../model/run';

/** What the page reads of a run's timeline. https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get */
export interface Timeline {
  id: string;
  records: TimelineRecord[];
}

export interface TimelineRecord {
  id: string;
  parentId?: string | null;
  type: string;
  name: string;
  startTime?: string | null;
  finishTime?: string | null;
  state?: string | null;
  result?: string | null;
  order?: number | null;
  task?: { id: string; name: string; version: string } | null;
}

const STATES: Record<string, State> = {
  succeeded: 'succeeded',
  succeededWithIssues: 'warning',
  failed: 'failed',
  canceled: 'canceled',
  abandoned: 'canceled',
  skipped: 'skipped',
};

/** The steps of our tasks, in the order in which they ran or will run. */
export function stepsOfTimeline({ records }: Timeline): Step[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  return records
    .flatMap((record) => {
      const phase = record.task ? phaseOfTask(record.task.name) : undefined;
      if (phase === undefined) return [];
      return [{ record, path: pathOf(record, byId), phase }];
    })
    .sort((a, b) => compare(a.path, b.path))
    .map(({ record, path, phase }) => ({
      id: record.id,
      phase,
      name: record.name,
      place: placeOf(path),
      state: stateOf(record),
      startedMs: time(record.startTime),
      finishedMs: time(record.finishTime),
      documents: [],
    }));
}

/** From the stage down to the record itself. */
function pathOf(record: TimelineRecord, byId: ReadonlyMap<string, TimelineRecord>): TimelineRecord[] {
  const path = [record];
  for (
    let next = byId.get(record.parentId ?? '');
    next && !path.includes(next);
    next = byId.get(next.parentId ?? '')
  )
    path.unshift(next);
  return path;
}

function compare(a: readonly TimelineRecord[], b: readonly TimelineRecord[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.order ?? 0) - (b[index]?.order ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Stage and job; Azure DevOps calls the stage and the job of a pipeline without any `__default`. */
function placeOf(path: readonly TimelineRecord[]): string {
  const names = path.filter(({ type }) => type === 'Stage' || type === 'Job').map(({ name }) => name);
  return names.filter((name) => name !== '__default').join(' › ');
}

function stateOf({ state, result }: TimelineRecord): State {
  if (state === 'inProgress') return 'running';
  if (state !== 'completed') return 'waiting';
  return STATES[result ?? ''] ?? 'failed';
}

function time(text: string | null | undefined): number | undefined {
  return text ? Date.parse(text) : undefined;
}
