import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { debug, info } from '../common/agent/log';
import { messageOf } from '../common/errors';
import { ProcessError, run } from '../common/process';
import type { Kind } from './findings';
import { artifactOf, fileNameOf, type Target } from './targets';

/** Trivy's own default, 5 minutes, is too short for gigabytes over a slow line; the job's timeout is the real limit. */
const TIMEOUT = '1h';

/** A Trivy server that has the database and the cache of analysed layers. */
export interface TrivyServer {
  url: string;
  token: string | undefined;
}

/** How Trivy is run in this step. */
export interface Trivy {
  /** Absolute path of the executable. */
  file: string;
  version: string;
  /** Folder that outlives the run. */
  cache: string;
  /** An empty folder of this step: neither trivy.yaml nor trivy-secret.yaml of the repository is found there. */
  workingDirectory: string;
  /** Says where the registry's credentials are; empty: in the agent's own Docker configuration. */
  environment: Record<string, string>;
  server: TrivyServer | undefined;
  signal: AbortSignal;
}

/** What a scan looks for, and what it must not count. */
export interface ScanOptions {
  kinds: readonly Kind[];
  /** Licences of the packages in images: hundreds, of which most teams want to know nothing. */
  imageLicences: boolean;
  /** Absolute path of Trivy's ignore file; undefined: nothing is ignored. */
  ignoreFile: string | undefined;
  /** Absolute paths. */
  vex: readonly string[];
  /** Globs of folders and files of the source that are not looked at. */
  skipPaths: readonly string[];
  /** OCI reference of the checks of misconfigurations; undefined: those that are built into this Trivy. */
  checksRepository: string | undefined;
  /** No request but for the images. */
  offline: boolean;
}

/** Trivy's words for the kinds (`--scanners`). */
const SCANNERS = {
  vulnerability: 'vuln',
  misconfiguration: 'misconfig',
  secret: 'secret',
  licence: 'license',
} as const;

/**
 * Scans one target and returns Trivy's JSON report.
 * @param cache Trivy's cache folder, for the time being of nobody else
 * @throws UserError that says why there is no report
 */
export async function scanTarget(
  trivy: Trivy,
  options: ScanOptions,
  target: Target,
  cache: string,
): Promise<string> {
  const report = reportFile(trivy, target);
  const command = target.kind === 'source' ? 'fs' : target.kind;
  const args = [
    command,
    ...['--cache-dir', cache, '--format', 'json', '--output', report],
    ...['--scanners', scanners(target, options).join(','), '--show-suppressed'],
    ...(options.ignoreFile === undefined ? [] : ['--ignorefile', options.ignoreFile]),
    ...options.vex.flatMap((file) => ['--vex', file]),
    ...(options.offline ? ['--offline-scan'] : []),
    // Where a server has the database, the option would be refused.
    ...(trivy.server === undefined ? ['--skip-db-update'] : ['--server', trivy.server.url]),
    '--skip-java-db-update',
    ...(target.kind === 'image' ? ['--image-src', 'remote', '--platform', target.platform] : []),
    ...(target.kind === 'source' ? sourceArgs(options) : []),
    artifactOf(target),
  ];
  await runTrivy(trivy, `${target.name}: `, args);
  return readFile(report, 'utf8');
}

/** Where `scanTarget` has Trivy write its report; it is gone after the step. */
export function reportFile(trivy: Trivy, target: Target): string {
  return path.join(trivy.workingDirectory, `${fileNameOf(target)}.json`);
}

function scanners(target: Target, { kinds, imageLicences }: ScanOptions): string[] {
  const possible: Record<Target['kind'], readonly Kind[]> = {
    image: ['vulnerability', 'secret', ...(imageLicences ? (['licence'] as const) : [])],
    source: ['vulnerability', 'misconfiguration', 'secret', 'licence'],
    sbom: ['vulnerability', 'licence'],
  };
  return possible[target.kind].flatMap((kind) =>
    kind !== 'code' && kinds.includes(kind) ? [SCANNERS[kind]] : [],
  );
}

function sourceArgs({ skipPaths, checksRepository }: ScanOptions): string[] {
  return [
    ...skipPaths.flatMap((glob) => ['--skip-dirs', glob, '--skip-files', glob]),
    ...(checksRepository === undefined
      ? ['--skip-check-update']
      : ['--checks-bundle-repository', checksRepository]),
  ];
}

/** Runs Trivy; what it says is told line by line, with `prefix` before it. */
export async function runTrivy(trivy: Trivy, prefix: string, args: readonly string[]): Promise<void> {
  // Trivy takes any option from a variable TRIVY_…; one left on an agent could loosen the gate. It takes empty for unset.
  const unset = Object.keys(process.env)
    .filter((name) => /^trivy_/i.test(name))
    .map((name) => [name, ''] as const);
  const [command = '', ...others] = args;
  const telemetry = command === 'convert' ? [] : ['--disable-telemetry', '--skip-version-check'];
  const progress = command === 'image' || command === 'fs' || command === 'sbom' ? ['--no-progress'] : [];
  await run(trivy.file, [command, '--timeout', TIMEOUT, ...progress, ...telemetry, ...others], {
    cwd: trivy.workingDirectory,
    env: {
      ...Object.fromEntries(unset),
      ...trivy.environment,
      ...(trivy.server?.token !== undefined && { TRIVY_TOKEN: trivy.server.token }),
    },
    signal: trivy.signal,
    silent: true,
    onStderrLine: (line) => {
      // Several at once tell the same dozen lines; what is worth reading is a warning or an error.
      const print = line.includes('\tINFO\t') ? debug : info;
      print(`${prefix}${line}`);
    },
  });
}

/**
 * Why there is no report, from what Trivy said last: the errors below its fatal one, or that itself, without the time in
 * front.
 */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof ProcessError)) return messageOf(thrown);
  const { tail, exitCode } = thrown.result;
  // task-lib has null where a signal ended the program.
  if ((exitCode as number | null) === null) {
    return `Trivy was killed before it was done (out of memory?). Its last words: ${tail.at(-1) ?? 'none'}`;
  }
  const start = tail.findIndex((line) => line.includes('\tFATAL\t'));
  if (start < 0) return thrown.message;
  const lines = tail.slice(start).map((line) => line.replace(/^.*\tFATAL\t(Fatal error\t)?/, '').trim());
  const causes = lines.filter((line) => line.startsWith('* ')).map((line) => line.slice(2));
  const reason =
    causes.length === 0
      ? lines.filter((line) => line !== '').join(' ')
      : `${contextOf(lines[0] ?? '')}${[...new Set(causes)].join(' ')}`;
  // The error codes of the OCI distribution specification.
  return /\b(UNAUTHORIZED|DENIED)\b/.test(reason)
    ? `${reason} Check user name, password and rights (pull) of the service connection of the input containerRegistry.`
    : reason;
}

/** `run error: filter error: VEX error: unable to decode VEX: 2 errors occurred:` → `VEX error: unable to decode VEX: ` */
function contextOf(head: string): string {
  const parts = head.replace(/:?\s*\d+ errors? occurred:$/, '').split(': ');
  return parts[0] === '' ? '' : `${parts.slice(-3).join(': ')}: `;
}
