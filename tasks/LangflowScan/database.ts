import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import * as path from 'node:path';
import { info, warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { systemClock, type Clock } from '../common/clock';
import { messageOf, UserError } from '../common/errors';
import { reasonOf, runTrivy, type Trivy } from './trivy';

export interface DatabaseOptions {
  /** - `update`: ask for a newer one. - `skip`: take what the cache has. - `offline`: likewise, and ask nobody anything. */
  mode: 'update' | 'skip' | 'offline';
  /** OCI references, the best first; empty: the vendor's. */
  repositories: readonly string[];
  /** Likewise of the Java index, which finds the names of JAR files. */
  javaRepositories: readonly string[];
}

export interface Database {
  /** Trivy's cache folder that has it; undefined where a server has it. */
  folder: string | undefined;
  /** Of its format. */
  version: number;
  /** When it was made, in milliseconds since the epoch. */
  updatedAt: number;
  /** Where it is from: a reference, or a server. */
  source: string;
}

/** What Trivy itself would ask, in that order (pkg/db/db.go, pkg/javadb/client.go): each is tried here by itself. */
const VENDOR = ['mirror.gcr.io/aquasec/trivy-db:2', 'ghcr.io/aquasecurity/trivy-db:2'];
const VENDOR_JAVA = ['mirror.gcr.io/aquasec/trivy-java-db:1', 'ghcr.io/aquasecurity/trivy-java-db:1'];

/** Pauses before the rounds after the first, when a registry has had enough of us or is not well. */
const PAUSES_MS = [5_000, 15_000, 45_000];
/** Too many requests, server errors, and connections that did not come about: the next minute may be a better one. */
const TEMPORARY =
  /TOOMANYREQUESTS|too many requests|\b(429|500|502|503|504)\b|UNAVAILABLE|connection (refused|reset)|i\/o timeout|TLS handshake timeout|unexpected EOF|no such host/i;

/**
 * Brings the vulnerability database up to date, once for all scans. Each repository has a folder of its own: Trivy would
 * otherwise go on with the fresh database of another one and never notice that this one does not exist.
 * @throws UserError when it cannot be had or does not say of when it is
 */
export async function provideDatabase(
  trivy: Trivy,
  options: DatabaseOptions,
  clock: Clock = systemClock,
): Promise<Database> {
  if (trivy.server !== undefined) return databaseOfServer(trivy.server.url, trivy.signal);
  const repositories = options.repositories.length > 0 ? options.repositories : VENDOR;
  const folderOf = (repository: string): string =>
    path.join(trivy.cache, `database-${shortHash(repository)}`);
  if (options.mode !== 'update') return cachedDatabase(repositories, folderOf);
  const repository = await firstThatAnswers(trivy, repositories, clock, {
    what: 'The vulnerability database',
    input: 'databaseRepository',
    download: (from) =>
      runTrivy(trivy, '', [
        ...['image', '--download-db-only', '--cache-dir', folderOf(from), '--db-repository', from],
      ]),
  });
  return {
    folder: folderOf(repository),
    source: repository,
    ...(await metadataOf(folderOf(repository), 'db')),
  };
}

/** The one of the first repository that was ever downloaded here. */
async function cachedDatabase(
  repositories: readonly string[],
  folderOf: (repository: string) => string,
): Promise<Database> {
  for (const repository of repositories) {
    const folder = folderOf(repository);
    if (await isThere(path.join(folder, 'db', 'metadata.json')))
      return { folder, source: repository, ...(await metadataOf(folder, 'db')) };
  }
  throw new UserError(
    `There is no vulnerability database of ${repositories.join(' or ')} in the cache, and the input database says that ` +
      `none is to be downloaded; nothing was scanned. Put trivy.db and metadata.json into ` +
      `${path.join(folderOf(repositories[0] ?? ''), 'db')}, or set database: update.`,
  );
}

/**
 * Downloads the Java index when it is needed: an image with JAR files was met. It is too big to be had on suspicion.
 * @throws UserError when it cannot be had
 */
export async function provideJavaDatabase(
  trivy: Trivy,
  { mode, javaRepositories }: DatabaseOptions,
  clock: Clock = systemClock,
): Promise<void> {
  if (mode !== 'update') {
    throw new UserError(
      `An image has JAR files, the cache has no Java index (${path.join(javaFolder(trivy), 'java-db')}), and the input ` +
        'database says that none is to be downloaded.',
    );
  }
  await firstThatAnswers(trivy, javaRepositories.length > 0 ? javaRepositories : VENDOR_JAVA, clock, {
    what: 'The Java index',
    input: 'javaDatabaseRepository',
    download: (from) =>
      runTrivy(trivy, '', [
        ...[
          'image',
          '--download-java-db-only',
          '--cache-dir',
          javaFolder(trivy),
          '--java-db-repository',
          from,
        ],
      ]),
  });
}

/** Has a newer Java index downloaded where an earlier run needed one; Trivy decides whether it is time. */
export async function refreshJavaDatabase(trivy: Trivy, options: DatabaseOptions): Promise<void> {
  if (options.mode === 'update' && (await isThere(path.join(javaFolder(trivy), 'java-db', 'metadata.json'))))
    await provideJavaDatabase(trivy, options);
}

/** Whether Trivy gave up because it met a JAR file and has no Java index (pkg/javadb/client.go). */
export function lacksJavaDatabase(thrown: unknown): boolean {
  return /skip-java-db-update|Java DB/.test(reasonOf(thrown));
}

/** The folder of the Java index, which there is one of. */
export function javaFolder(trivy: Trivy): string {
  return path.join(trivy.cache, 'java');
}

/**
 * Puts the databases into a cache folder as links: Trivy wants them there, and locks the folder for as long as it runs
 * (pkg/cache/fs.go), so that scans at the same time need folders of their own.
 */
export async function linkDatabases(trivy: Trivy, database: Database, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const links = [
    ...(database.folder === undefined ? [] : [path.join(database.folder, 'db')]),
    path.join(javaFolder(trivy), 'java-db'),
  ];
  for (const target of links) {
    const link = path.join(cache, path.basename(target));
    await rm(link, { recursive: true, force: true });
    // A junction is what Windows lets an ordinary user make; elsewhere the type is ignored.
    await symlink(target, link, 'junction');
  }
}

interface Download {
  what: string;
  input: string;
  download: (repository: string) => Promise<void>;
}

async function firstThatAnswers(
  trivy: Trivy,
  repositories: readonly string[],
  clock: Clock,
  { what, input, download }: Download,
): Promise<string> {
  for (let round = 0; ; round++) {
    const reasons: string[] = [];
    for (const repository of repositories) {
      try {
        await download(repository);
        if (reasons.length > 0) warning(localized('OtherDatabase', what, repository, reasons.join(' ')));
        return repository;
      } catch (thrown) {
        trivy.signal.throwIfAborted();
        reasons.push(`${repository}: ${reasonOf(thrown)}`);
      }
    }
    const pause = PAUSES_MS[round];
    if (pause === undefined || !reasons.some((reason) => TEMPORARY.test(reason))) {
      throw new UserError(
        `${what} could not be downloaded from ${repositories.join(' or ')}; nothing was scanned. ${reasons.join(' ')} ` +
          `Check the input ${input}, and that the service connection of the input containerRegistry may read it when it ` +
          'is in the same registry.',
      );
    }
    info(`${what} could not be downloaded; the next attempt is in ${pause / 1_000} s. ${reasons.join(' ')}`);
    await clock.sleep(pause, trivy.signal);
  }
}

/** Reads what Trivy notes beside a database. */
async function metadataOf(folder: string, name: string): Promise<{ version: number; updatedAt: number }> {
  const file = path.join(folder, name, 'metadata.json');
  try {
    return parseMetadata(JSON.parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    throw new UserError(
      `The vulnerability database does not say of when it is: ${file}: ${messageOf(thrown)}`,
    );
  }
}

function parseMetadata(value: unknown): { version: number; updatedAt: number } {
  const { Version, UpdatedAt } = (value ?? {}) as { Version?: unknown; UpdatedAt?: unknown };
  const updatedAt = Date.parse(String(UpdatedAt));
  if (Number.isNaN(updatedAt)) throw new Error(`UpdatedAt is ${JSON.stringify(UpdatedAt)}`);
  if (typeof Version !== 'number') throw new Error(`Version is ${JSON.stringify(Version)}`);
  return { version: Version, updatedAt };
}

/** A server tells of its database under /version (pkg/rpc/server/listen.go). */
async function databaseOfServer(url: string, signal: AbortSignal): Promise<Database> {
  const address = `${url.replace(/\/+$/, '')}/version`;
  try {
    const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { VulnerabilityDB } = (await response.json()) as { VulnerabilityDB?: unknown };
    return { folder: undefined, source: url, ...parseMetadata(VulnerabilityDB) };
  } catch (thrown) {
    signal.throwIfAborted();
    const cause =
      thrown instanceof Error && thrown.cause instanceof Error ? ` (${thrown.cause.message})` : '';
    throw new UserError(
      `The Trivy server does not tell of its vulnerability database: ${address}: ${messageOf(thrown)}${cause}. ` +
        'Nothing was scanned. Check the input server.',
    );
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
