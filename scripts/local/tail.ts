import { readFile } from 'node:fs/promises';

/** The last lines of a log file and where it is, for a message. */
export async function lastLines(file: string, count = 25): Promise<string> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-count);
  return [...lines.map((line) => `    ${line}`), `  Whole log: ${file}`].join('\n');
}
