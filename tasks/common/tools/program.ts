import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as tl from 'azure-pipelines-task-lib/task';
import * as toolLib from 'azure-pipelines-tool-lib/tool';
import { info } from '../agent/log';
import { messageOf, UserError } from '../errors';

/** An archive of a release (.tar.gz or .zip) and the SHA-256 that its publisher states. */
export interface Download {
  url: string;
  sha256: string;
}

/** A program that a task needs and how to get it. */
export interface Program {
  /** Name of the executable without `.exe`; also its name in the tool cache. */
  name: string;
  /** The version that is looked for in the tool cache and downloaded; never "latest". */
  version: string;
  /** By `${process.platform}-${process.arch}`. What is not listed is not downloaded. */
  downloads: Readonly<Partial<Record<string, Download>>>;
  /** Asks an executable for its version. */
  versionOf(file: string): Promise<string>;
  /** Why a version must not be used and what to do about it; undefined when it may. */
  objection(version: string): string | undefined;
}

export interface FoundProgram {
  /** Absolute path of the executable. */
  file: string;
  version: string;
  source: 'PATH' | 'tool cache' | 'download';
}

/**
 * Finds a program: on PATH, else in the agent's tool cache, else by its pinned download, which then is in the tool cache.
 * What is found but must not be used is an error, not a reason to look further: someone put it there on purpose.
 * @throws UserError when the program cannot be had, does not run, has the wrong checksum or a version to be refused
 */
export async function findProgram(
  program: Program,
  platform = `${process.platform}-${process.arch}`,
): Promise<FoundProgram> {
  const { file, source } = await locate(program, platform);
  const version = await program.versionOf(file);
  const objection = program.objection(version);
  if (objection !== undefined) {
    throw new UserError(`${file} is ${program.name} ${version}, which is refused: ${objection}`);
  }
  info(`Using ${program.name} ${version} from ${file} (${source}).`);
  return { file, version, source };
}

async function locate(program: Program, platform: string): Promise<Omit<FoundProgram, 'version'>> {
  const onPath = tl.which(program.name, false);
  if (onPath !== '') return { file: onPath, source: 'PATH' };
  const executable = platform.startsWith('win32') ? `${program.name}.exe` : program.name;
  // task-lib's typings hide that there may be none.
  const cached = toolLib.findLocalTool(program.name, program.version) as string | undefined;
  if (cached !== undefined) return { file: executableIn(cached, executable), source: 'tool cache' };
  return { file: executableIn(await download(program, platform), executable), source: 'download' };
}

/** Some archives, such as Helm's, hold everything in one folder. */
function executableIn(folder: string, executable: string): string {
  const candidates = [folder, ...foldersIn(folder)].map((candidate) => path.join(candidate, executable));
  return candidates.find((candidate) => existsSync(candidate)) ?? path.join(folder, executable);
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(folder, name));
}

/** Downloads, verifies and unpacks the pinned archive into the tool cache, and returns its folder there. */
async function download(program: Program, platform: string): Promise<string> {
  const what = `${program.name} ${program.version}`;
  const remedy = `Install ${what} on the agent so that it is on PATH, or put it into the agent's tool cache.`;
  const pinned = program.downloads[platform];
  if (pinned === undefined) {
    const others = Object.keys(program.downloads);
    throw new UserError(
      `${program.name} is neither on PATH nor in the tool cache, and no download of ${what} with a known checksum ` +
        `exists for ${platform}${others.length > 0 ? `; there is one for ${others.join(', ')}` : ''}. ${remedy}`,
    );
  }
  let archive: string;
  try {
    archive = await toolLib.downloadToolWithRetries(pinned.url);
  } catch (thrown) {
    throw new UserError(
      `${what} could not be downloaded from ${pinned.url}: ${messageOf(thrown)}. ${remedy}`,
    );
  }
  try {
    const actual = await sha256Of(archive);
    if (actual !== pinned.sha256) {
      throw new UserError(
        `${pinned.url} has the SHA-256 ${actual}, expected is ${pinned.sha256}. The file was changed on its way or ` +
          `at its source and was not unpacked. ${remedy}`,
      );
    }
    const unpacked = pinned.url.endsWith('.zip')
      ? await toolLib.extractZip(archive)
      : await toolLib.extractTar(archive);
    return await toolLib.cacheDir(unpacked, program.name, program.version);
  } finally {
    await rm(archive, { force: true });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
