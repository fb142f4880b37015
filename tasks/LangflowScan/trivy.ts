import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import * as path from 'node:path';
import { debug, info } from '../common/agent/log';
import { messageOf, UserError } from '../common/errors';
import { ProcessError, run } from '../common/process';
import type { Target } from './targets';

/** Trivy's own default, 5 minutes, is too short for gigabytes over a slow line; the job's timeout is the real limit. */
const TIMEOUT = '1h';

/** How Trivy is run in this step. */
export interface Trivy {
  /** Absolute path of the executable. */
  file: string;
  /** Folder that outlives the run. */
  cache: string;
  /** An empty folder of this step: no trivy.yaml or .trivyignore of the repository is found there. */
  workingDirectory: string;
  /** Says where the registry's credentials are; empty: in the agent's own Docker configuration. */
  environment: Record<string, string>;
  /** Absolute path; undefined: nothing is ignored. */
  ignoreFile: string | undefined;
  signal: AbortSignal;
}

export interface Database {
  /** Trivy's cache folder that has it. */
  folder: string;
  /** When it was made, in milliseconds since the epoch. */
  updatedAt: number;
}

/**
 * Brings the vulnerability database up to date, once for all scans. Each repository has a folder of its own: Trivy would
 * otherwise go on with the fresh database of another one and never notice that this one does not exist.
 * @throws UserError when it cannot be had or does not say of when it is
 */
export async function downloadDatabase(trivy: Trivy, repository: string | undefined): Promise<Database> {
  const key = createHash('sha256')
    .update(repository ?? '')
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(trivy.cache, `database-${key}`);
  const from = repository === undefined ? [] : ['--db-repository', repository];
  try {
    await runTrivy(trivy, '', ['--download-db-only', '--cache-dir', folder, ...from]);
  } catch (thrown) {
    trivy.signal.throwIfAborted();
    throw new UserError(
      `The vulnerability database could not be downloaded from ${repository ?? "the vendor's registries"}; nothing was ` +
        `scanned. ${reasonOf(thrown)} Check the input databaseRepository, and that the service connection of the input ` +
        'containerRegistry may read it when it is in the same registry.',
    );
  }
  const metadata = path.join(folder, 'db', 'metadata.json');
  try {
    const { UpdatedAt } = JSON.parse(await readFile(metadata, 'utf8')) as { UpdatedAt?: unknown };
    const updatedAt = Date.parse(String(UpdatedAt));
    if (Number.isNaN(updatedAt)) throw new Error(`UpdatedAt is ${JSON.stringify(UpdatedAt)}`);
    return { folder, updatedAt };
  } catch (thrown) {
    throw new UserError(
      `The vulnerability database does not say of when it is: ${metadata}: ${messageOf(thrown)}`,
    );
  }
}

/**
 * Scans one image and returns Trivy's JSON report. Trivy locks its cache of analysed layers for as long as it runs and
 * gives up after 5 s (pkg/cache/fs.go), so each target has a cache folder of its own, into which the one database is linked.
 * @throws UserError that says why there is no report
 */
export async function scanImage(trivy: Trivy, database: Database, target: Target): Promise<string> {
  const id = `${target.component}-${target.platform.replaceAll('/', '-')}`;
  const cache = path.join(trivy.cache, `layers-${id}`);
  await mkdir(cache, { recursive: true });
  await rm(path.join(cache, 'db'), { recursive: true, force: true });
  // A junction is what Windows lets an ordinary user make; elsewhere the type is ignored.
  await symlink(path.join(database.folder, 'db'), path.join(cache, 'db'), 'junction');
  const report = path.join(trivy.workingDirectory, `${id}.json`);
  try {
    await runTrivy(trivy, `${target.name}: `, [
      ...['--cache-dir', cache, '--skip-db-update'],
      ...['--image-src', 'remote', '--platform', target.platform],
      ...['--scanners', 'vuln,secret', '--format', 'json', '--output', report],
      ...(trivy.ignoreFile === undefined ? [] : ['--ignorefile', trivy.ignoreFile]),
      target.reference,
    ]);
    return await readFile(report, 'utf8');
  } catch (thrown) {
    trivy.signal.throwIfAborted();
    const reason = reasonOf(thrown);
    // The error codes of the OCI distribution specification.
    const refused = /\b(UNAUTHORIZED|DENIED)\b/.test(reason);
    const remedy =
      ' Check user name, password and rights (pull) of the service connection of the input containerRegistry.';
    throw new UserError(refused ? reason + remedy : reason);
  }
}

async function runTrivy(trivy: Trivy, prefix: string, args: readonly string[]): Promise<void> {
  // Trivy takes any option from a variable TRIVY_…; one left on an agent could loosen the gate. It takes empty for unset.
  const unset = Object.keys(process.env)
    .filter((name) => /^trivy_/i.test(name))
    .map((name) => [name, ''] as const);
  await run(
    trivy.file,
    ['image', '--no-progress', '--timeout', TIMEOUT, '--disable-telemetry', '--skip-version-check', ...args],
    {
      cwd: trivy.workingDirectory,
      env: {
        ...Object.fromEntries(unset),
        ...trivy.environment,
      },
      signal: trivy.signal,
      silent: true,
      onStderrLine: (line) => {
        // Several at once tell the same dozen lines; what is worth reading is a warning or an error.
        const print = line.includes('\tINFO\t') ? debug : info;
        print(`${prefix}${line}`);
      },
    },
  );
}

/** What Trivy said last: the errors below its fatal one, or that itself, without the time in front. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof ProcessError)) return messageOf(thrown);
  const { tail } = thrown.result;
  const start = tail.findIndex((line) => line.includes('\tFATAL\t'));
  if (start < 0) return thrown.message;
  const lines = tail.slice(start).map((line) => line.replace(/^.*\tFATAL\t(Fatal error\t)?/, '').trim());
  const causes = lines.filter((line) => line.startsWith('* ')).map((line) => line.slice(2));
  return (causes.length > 0 ? causes : lines.filter((line) => line !== '')).join(' ');
}
