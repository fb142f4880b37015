import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PipelineError } from '../agent/pipeline/located';
import { attachmentsOf, timelineOf } from '../agent/pipeline/timeline';

/** What the server has to tell of one run; read anew for each request, for a run may go on. */
export interface HostedRun {
  title: string;
  status: () => 'inProgress' | 'completed';
  timeline: () => { id: string; records: unknown[] } | null;
  attachments: (type: string) => HostedAttachment[];
}

export interface HostedAttachment {
  recordId: string;
  name: string;
  content: () => string;
}

/** A run of langflow-pipeline, by its folder. */
export function runOfFolder(folder: string): HostedRun {
  if (!existsSync(path.join(folder, 'timeline.json')))
    throw new PipelineError(
      { file: folder, line: 0 },
      'this is no run folder of langflow-pipeline: it has no timeline.json',
    );
  return {
    title: `Run ${path.basename(folder)}`,
    status: () => (existsSync(path.join(folder, 'result.json')) ? 'completed' : 'inProgress'),
    timeline: () => timelineOf(folder),
    attachments: (type) =>
      attachmentsOf(folder, type).map(({ recordId, name, file }) => ({
        recordId,
        name,
        content: () => readFileSync(file, 'utf8'),
      })),
  };
}
