import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mistakeIn, VIEW_ATTACHMENT, type ReleaseView } from '../../../tasks/common/view/view';
import type { StepOutcome } from '../../agent/step';

/** The document that a step attached for the results tab: there must be one, and it must be good. */
export function viewOf({ attachments, log }: Pick<StepOutcome, 'attachments' | 'log'>): ReleaseView {
  const files = attachments.filter(({ type }) => type === VIEW_ATTACHMENT).map(({ file }) => file);
  assert.equal(files.length, 1, `one document; the log is:\n${log}`);
  const view: unknown = JSON.parse(readFileSync(files[0] ?? '', 'utf8'));
  assert.equal(mistakeIn(view), undefined);
  assert.doesNotMatch(log, /will not show all of this step/);
  return view as ReleaseView;
}
