import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { debug, harmless, warning } from '../agent/log';
import { localized } from '../agent/messages';
import { attach, temporaryFolder } from '../agent/results';
import { runInfo } from '../agent/runInfo';
import { knownSecrets } from '../agent/secrets';
import { messageOf } from '../errors';
import { bounded } from './bounds';
import type { ViewDraft } from './draft';
import { mistakeIn, VIEW_ATTACHMENT, type ReleaseView, type Run } from './view';

/** How a step ended; times in milliseconds since the epoch. */
export interface Ending {
  result: ReleaseView['result'];
  message: string;
  started: number;
  finished: number;
}

/** The page without data, which the build puts beside the task's programs. */
const TEMPLATE = 'release-view.html';

/**
 * Attaches what the step has to show, and keeps it beside the release manifest. A problem here is a warning: it must not
 * change how the step ends.
 */
export async function publishView(draft: ViewDraft, ending: Ending): Promise<void> {
  if (!draft.wanted) return;
  try {
    const document = documentOf(draft, ending);
    const text = harmless(JSON.stringify(document));
    const folder = path.join(temporaryFolder(), 'release-view');
    mkdirSync(folder, { recursive: true });
    // The agent takes one attachment of a name for each record, and uploads the file later.
    const name = `${draft.task}-${compact(document.started)}-${randomBytes(2).toString('hex')}.json`;
    const file = path.join(folder, name);
    writeFileSync(file, text);
    attach(VIEW_ATTACHMENT, name, file);
    if (draft.releaseManifest === undefined) return;
    const { keep } = await import('./folder');
    await keep(JSON.parse(text) as ReleaseView, {
      folder: path.dirname(draft.releaseManifest),
      joined: draft.joined,
      template: path.join(path.dirname(process.argv[1] ?? ''), TEMPLATE),
    });
  } catch (error) {
    warning(localized('ViewIncomplete', messageOf(error)));
    if (error instanceof Error) debug(error.stack ?? '');
  }
}

/** The document; without the task's section when that is not as it should be. */
export function documentOf(draft: ViewDraft, ending: Ending, secrets = knownSecrets()): ReleaseView {
  const head: ReleaseView = {
    schemaVersion: 1,
    task: draft.task,
    action: draft.action,
    displayName: tl.getVariable('System.TaskDisplayName') ?? draft.task,
    result: ending.result,
    message: ending.message,
    started: new Date(ending.started).toISOString(),
    finished: new Date(ending.finished).toISOString(),
    run: runOf(),
  };
  const doubts: string[] = [];
  const attempt = (make: () => Partial<ReleaseView>): ReleaseView | undefined => {
    try {
      const parts = make();
      const document = bounded({ ...head, ...parts }, secrets);
      // The head is made here; the rest is from anywhere.
      const mistake = Object.keys(parts).length === 0 ? undefined : mistakeIn(document);
      if (mistake === undefined) return document;
      doubts.push(mistake);
    } catch (error) {
      doubts.push(messageOf(error));
    }
    return undefined;
  };
  const release = draft.release && { release: draft.release };
  const document =
    attempt(() => ({ ...release, ...draft.sections() })) ??
    attempt(() => ({ ...release })) ??
    attempt(() => ({}));
  if (document === undefined) throw new Error(doubts.join('; '));
  if (doubts.length > 0) warning(localized('ViewIncomplete', doubts.join('; ')));
  return document;
}

function runOf(): Run {
  const { url, number } = runInfo();
  const variable = (...names: string[]): string | undefined =>
    names.map((name) => tl.getVariable(name)).find((value) => value !== undefined && value !== '');
  const attempt = Number(variable('System.JobAttempt'));
  return {
    id: variable('Build.BuildId'),
    number,
    url,
    stage: variable('System.StageDisplayName', 'System.StageName'),
    job: variable('System.JobDisplayName', 'System.JobName'),
    ...(Number.isInteger(attempt) && { attempt }),
    record: variable('System.TaskInstanceId'),
  };
}

/** `2026-11-25T09:00:02.000Z` → `20261125T090002Z` */
function compact(time: string): string {
  return time.replace(/[-:]|\.\d+/g, '');
}
