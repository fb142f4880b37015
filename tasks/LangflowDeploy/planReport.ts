import { group, info } from '../common/agent/log';
import { publishSummary, setOutput } from '../common/agent/results';
import { codeBlock, escapeMarkdown, table } from '../common/reports/markdown';
import { diffOf, runMark } from './diff';
import type { Action, Change } from './plan';

/** The run page takes no more than some hundred KiB; what does not fit stands in the log. */
const MOST_DIFF_CHARACTERS = 60_000;
const MOST_FIELDS = 8;
const ORDER: readonly Action[] = ['remove', 'change', 'create', 'unchanged'];

export interface PlanView {
  namespace: string;
  changes: readonly Change[];
  /** What may cost requests, a sentence each. */
  warnings: readonly string[];
  planOnly: boolean;
}

/** How many objects the release creates, changes or removes. */
export function changeCount(changes: readonly Change[]): number {
  return changes.filter(({ action }) => action !== 'unchanged').length;
}

/** `2 to create, 1 to change, 1 to remove, 12 unchanged`. */
export function planSentence(changes: readonly Change[]): string {
  const { create, change, remove, unchanged } = counted(changes);
  return `${create} to create, ${change} to change, ${remove} to remove, ${unchanged} unchanged`;
}

/** How many objects there are of each action. */
export function counted(changes: readonly Change[]): Record<Action, number> {
  const count = (wanted: Action): number => changes.filter(({ action }) => action === wanted).length;
  return {
    create: count('create'),
    change: count('change'),
    remove: count('remove'),
    unchanged: count('unchanged'),
  };
}

/** Shows the plan in the log and on the run page, and sets the output `changes`; returns the diffs of what changes. */
export function reportPlan(view: PlanView): ReadonlyMap<Change, string> {
  const { namespace, changes } = view;
  const mark = runMark();
  const diffs = new Map(
    sorted(changes).map((change) => [change, change.action === 'unchanged' ? '' : diffOf(change, mark)]),
  );
  setOutput('changes', `${changeCount(changes)}`);
  info(`Plan: ${planSentence(changes)}.`);
  const text = [...diffs].flatMap(([change, diff]) =>
    diff === '' ? [] : [`${change.action} ${change.name}\n${diff}`],
  );
  if (text.length > 0) group('What the release changes', text.join('\n\n'));
  publishSummary(`Langflow plan for ${namespace}`, planSummary(view, diffs));
  return diffs;
}

/** The markdown of the run page. */
export function planSummary(
  { namespace, changes, warnings, planOnly }: PlanView,
  diffs: ReadonlyMap<Change, string>,
): string {
  const shown = sorted(changes).filter(({ action }) => action !== 'unchanged');
  const unjudged = changes.filter(({ judged }) => !judged);
  const rows = shown.map(({ action, name, fields }) => [action, name, fieldList(fields)]);
  return [
    `**Plan for ${escapeMarkdown(namespace)}: ${planSentence(changes)}.**${planOnly ? ' Nothing was applied.' : ''}`,
    ...(unjudged.length === 0 ? [] : [unjudgedNote(unjudged)]),
    ...(rows.length === 0 ? [] : [table(['Action', 'Object', 'Changed fields'], rows)]),
    ...diffBlocks(shown, diffs),
    ...(warnings.length === 0
      ? []
      : ['**May cost requests:**', warnings.map((warning) => `- ${escapeMarkdown(warning)}`).join('\n')]),
  ].join('\n\n');
}

/** What could not be found out before the release is applied. */
function unjudgedNote(unjudged: readonly Change[]): string {
  return (
    `The API server could not judge ${unjudged.length} of the objects, for their namespace or their kind comes with this release: ` +
    `their fields are known, but neither their values nor admission and quota were checked.`
  );
}

function diffBlocks(shown: readonly Change[], diffs: ReadonlyMap<Change, string>): string[] {
  let left = MOST_DIFF_CHARACTERS;
  let omitted = 0;
  const blocks = shown.flatMap((change) => {
    const diff = diffs.get(change) ?? '';
    left -= diff.length;
    if (left < 0) omitted += 1;
    return diff === '' || left < 0
      ? []
      : [
          `<details><summary>${change.action} ${escapeMarkdown(change.name)}</summary>\n\n${codeBlock(diff, 'diff')}\n\n</details>`,
        ];
  });
  return omitted === 0 ? blocks : [...blocks, `The diffs of ${omitted} more objects are in the log.`];
}

function fieldList(fields: readonly string[]): string {
  const more = fields.length - MOST_FIELDS;
  return [...fields.slice(0, MOST_FIELDS), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function sorted(changes: readonly Change[]): Change[] {
  return [...changes].sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
}
