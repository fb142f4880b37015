import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import * as path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { debug } from '../agent/log';
import { messageOf } from '../errors';
import { htmlOf } from './html';
import { mistakeIn, type ReleaseView } from './view';

/** Beside release.json: the documents of all steps so far, and the page that shows them. */
const FOLDER = 'langflow-release-view';
const PAGE = 'langflow-release.html';
/** Documents that the page shows, the latest ones. */
const MOST_DOCUMENTS = 50;

export interface Keeping {
  /** Of release.json; absolute. */
  folder: string;
  /** Of release manifests that were joined; absolute. */
  joined: readonly string[];
  /** Absolute path of the page without data. */
  template: string;
}

/** Keeps a document for the steps to come, and writes the page of all that is known of the release so far. */
export async function keep(document: ReleaseView, { folder, joined, template }: Keeping): Promise<void> {
  const own = path.join(folder, FOLDER);
  await mkdir(own, { recursive: true });
  const found = await documentsIn(own);
  // A build begins a release; what an earlier one left in the folder is about another.
  const isOther = ({ run }: ReleaseView): boolean =>
    document.action === 'build' && run.id !== document.run.id;
  for (const other of found.filter(isOther)) await rm(path.join(own, nameOf(other)), { force: true });
  const kept = new Set(found.filter((one) => !isOther(one)));
  const taken = await Promise.all(joined.map((folder) => documentsIn(path.join(folder, FOLDER))));
  const documents = new Map([...taken.flat(), ...kept, document].map((one) => [nameOf(one), one]));
  for (const [name, one] of documents)
    if (!kept.has(one)) await writeFileAtomic(path.join(own, name), JSON.stringify(one));
  if (!existsSync(template)) return;
  const shown = [...documents.values()]
    .sort((a, b) => a.started.localeCompare(b.started))
    .slice(-MOST_DOCUMENTS);
  await writeFileAtomic(path.join(folder, PAGE), htmlOf(await readFile(template, 'utf8'), shown));
}

/** A step that is tried again replaces what it said before. */
function nameOf({ task, started, run }: ReleaseView): string {
  return `${task}-${(run.record ?? started).replace(/[^\w-]+/g, '')}.json`;
}

/** Those that can be read; a document of a later version of this extension is not ours to show. */
async function documentsIn(folder: string): Promise<ReleaseView[]> {
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.json')) : [];
  const documents = await Promise.all(
    names.map(async (name): Promise<ReleaseView[]> => {
      try {
        const value = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as ReleaseView;
        const mistake = mistakeIn(value);
        if (mistake === undefined) return [value];
        debug(`${name} is no release view: ${mistake}`);
      } catch (error) {
        debug(`${name} cannot be read: ${messageOf(error)}`);
      }
      return [];
    }),
  );
  return documents.flat();
}
