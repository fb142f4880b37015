import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';

/** Names the files with the sentences: task.json beside the program, and the translation beside that. Comes first of all. */
export function loadMessages(): void {
  tl.setResourcePath(path.join(path.dirname(process.argv[1] ?? ''), 'task.json'), true);
}

/**
 * A sentence of task.json's `messages` in the language of the organisation (`System.Culture`); CONTRIBUTING.md says which
 * sentences come from there.
 * @param values what stands for each `%s`, in this order
 */
export function localized(key: string, ...values: (string | number)[]): string {
  return tl.loc(key, ...values);
}
