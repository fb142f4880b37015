import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import type { StepOutcome } from '../../agent/step';

/** The text of every file below a folder. */
export function textOfFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** The markdown that a step put on the run page; empty when there is none. */
export function summaryOf({ attachments }: Pick<StepOutcome, 'attachments'>): string {
  return attachments
    .filter(({ type }) => type === 'Distributedtask.Core.Summary')
    .map(({ file }) => readFileSync(file, 'utf8'))
    .join('\n');
}
