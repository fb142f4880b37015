import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { StepOutcome } from '../task';
import type { TaskReference } from '../taskDefinition';
import type { Result } from './conditions';

/**
 * What a run tells while it goes on and afterwards, as `GET …/_apis/build/builds/{id}/timeline` does
 * (learn.microsoft.com/rest/api/azure/devops/build/timeline/get).
 */
export interface Timeline {
  id: string;
  changeId: number;
  records: TimelineRecord[];
}

export interface TimelineRecord {
  id: string;
  /** Null for a stage. */
  parentId: string | null;
  type: 'Stage' | 'Phase' | 'Job' | 'Task';
  name: string;
  /** Of the YAML: `Build`, `Build.Images`. */
  identifier: string | null;
  order: number;
  attempt: number;
  state: 'pending' | 'inProgress' | 'completed';
  result: 'succeeded' | 'succeededWithIssues' | 'failed' | 'canceled' | 'skipped' | null;
  /** RFC 3339; null while there is none. */
  startTime: string | null;
  finishTime: string | null;
  errorCount: number;
  warningCount: number;
  /** Null for what is no task. */
  task: TaskReference | null;
}

/** An attachment of a record, kept in the run folder. */
export interface KeptAttachment {
  recordId: string;
  type: string;
  name: string;
  /** Absolute path. */
  file: string;
}

const FILE = 'timeline.json';
const ATTACHMENTS = 'attachments';

/** Keeps the timeline of a run and the attachments of its records in the run folder: `attachments/<record>/<type>/<name>`. */
export class RunTimeline {
  private readonly timeline: Timeline = { id: randomUUID(), changeId: 0, records: [] };
  private readonly attachments: KeptAttachment[] = [];

  /** @param folder of the run */
  constructor(
    private readonly folder: string,
    private readonly clock: () => number,
  ) {}

  get id(): string {
    return this.timeline.id;
  }

  /** @param parent undefined for a stage */
  begin(
    record: Pick<TimelineRecord, 'type' | 'name'> & Partial<Pick<TimelineRecord, 'identifier' | 'task'>>,
    parent?: TimelineRecord,
  ): TimelineRecord {
    const parentId = parent?.id ?? null;
    const siblings = this.timeline.records.filter((other) => other.parentId === parentId);
    const begun: TimelineRecord = {
      ...{ id: randomUUID(), parentId, identifier: null, order: siblings.length + 1, attempt: 1 },
      ...{ state: 'inProgress', result: null, startTime: this.now(), finishTime: null },
      ...{ errorCount: 0, warningCount: 0, task: null },
      ...record,
    };
    this.timeline.records.push(begun);
    this.write();
    return begun;
  }

  /** @param outcomes of a task, one for each attempt */
  end(record: TimelineRecord, result: Result, outcomes: readonly StepOutcome[] = []): void {
    for (const { attachments, issues } of outcomes) {
      for (const { type, name, file } of attachments) this.keep(record.id, type, name, file);
      record.errorCount += issues.filter(({ type }) => type === 'error').length;
      record.warningCount += issues.filter(({ type }) => type === 'warning').length;
    }
    record.state = 'completed';
    record.result = lowerFirst(result);
    record.finishTime = this.now();
    if (result === 'Skipped') record.startTime = null;
    this.write();
  }

  /** A later attachment of the same type and name takes the place of the former one. */
  private keep(recordId: string, type: string, name: string, file: string): void {
    const copy = path.join(this.folder, ATTACHMENTS, recordId, type, name);
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    if (!this.attachments.some((other) => other.file === copy))
      this.attachments.push({ recordId, type, name, file: copy });
  }

  private now(): string {
    return new Date(this.clock()).toISOString();
  }

  private write(): void {
    this.timeline.changeId++;
    writeWhole(path.join(this.folder, FILE), this.timeline);
    const kept = this.attachments.map((one) => ({ ...one, file: path.relative(this.folder, one.file) }));
    writeWhole(path.join(this.folder, `${ATTACHMENTS}.json`), kept);
  }
}

/** The timeline of a run, also of one that goes on. */
export function timelineOf(folder: string): Timeline {
  return JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as Timeline;
}

/** All attachments of a type, as `GET …/_apis/build/builds/{id}/attachments/{type}` lists them, with their records. */
export function attachmentsOf(folder: string, type: string): KeptAttachment[] {
  const file = path.join(folder, `${ATTACHMENTS}.json`);
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as KeptAttachment[])
    .filter((one) => one.type === type)
    .map((one) => ({ ...one, file: path.join(folder, one.file) }));
}

/** Whole or not at all: a page that refreshes itself reads it while the run goes on. */
function writeWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function lowerFirst<T extends string>(text: T): Uncapitalize<T> {
  return (text.charAt(0).toLowerCase() + text.slice(1)) as Uncapitalize<T>;
}
