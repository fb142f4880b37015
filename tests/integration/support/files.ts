import { readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';

/** The text of every file below a folder. */
export function textOfFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}
