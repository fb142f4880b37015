import { readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as log from '../common/agent/log';
import { systemClock } from '../common/clock';
import { messageOf, UserError } from '../common/errors';
import { ProcessError, run } from '../common/process';
import type { BakeFile } from './bakeFile';
import type { Builder } from './builder';
import type { Metadata } from './metadata';
import { Progress, type BuildCheck, type Vertex } from './progress';
import { cacheTrouble, lineOf, runningLine } from './progressLog';

/** Lines of buildx that are kept to explain a failure: its excerpt of the Dockerfile and the error. */
const KEPT_LINES = 100;
/** How long nothing is printed before the log says what is being done. */
const SILENCE_MS = 30_000;

/** bake failed. */
export class BakeError extends UserError {
  override name = 'BakeError';

  constructor(
    /** What buildx itself printed last. */
    readonly lines: readonly string[],
    readonly vertices: readonly Vertex[],
    cause: unknown,
  ) {
    super(messageOf(cause));
  }
}

/** The states of the graph, which are most of what buildx prints, are for us and not for people. */
function lastWordsOf(error: unknown, lines: string[]): unknown {
  if (!(error instanceof ProcessError)) return error;
  return new ProcessError('docker buildx bake', { ...error.result, tail: lines });
}

export interface BakeResult {
  metadata: Metadata;
  vertices: Vertex[];
  checks: BuildCheck[];
}

/**
 * Builds the default group of the definition and tells what happens.
 * @param folder for the definition and the metadata
 * @param allowed what bake asks for otherwise (docs.docker.com/reference/cli/docker/buildx/bake, --allow)
 * @param onEnd told of the graph, however bake ends
 * @throws BakeError
 */
export async function bake(
  builder: Builder,
  definition: BakeFile,
  folder: string,
  allowed: readonly string[],
  onEnd: (vertices: readonly Vertex[]) => void = () => undefined,
): Promise<BakeResult> {
  const file = path.join(folder, 'bake.json');
  const metadataFile = path.join(folder, 'metadata.json');
  await writeFile(file, JSON.stringify(definition, null, 2));
  const progress = new Progress(Object.keys(definition.target));
  const checks: BuildCheck[] = [];
  const lines: string[] = [];
  let lastPrinted = systemClock.now();
  const print = (line: string | undefined): void => {
    if (line === undefined) return;
    log.info(line);
    lastPrinted = systemClock.now();
  };
  const heartbeat = setInterval(() => {
    if (systemClock.now() - lastPrinted >= SILENCE_MS)
      print(runningLine(progress.vertices, systemClock.now()));
  }, SILENCE_MS / 3);
  try {
    await run(
      'docker',
      [
        'buildx',
        'bake',
        ...['--builder', builder.name, '--file', file, '--metadata-file', metadataFile],
        '--progress=rawjson',
        ...allowed.map((one) => `--allow=${one}`),
      ],
      {
        env: builder.env,
        signal: builder.signal,
        silent: true,
        onStderrLine: (line) => {
          const events = progress.take(line);
          if (events === undefined) {
            lines.push(line);
            if (lines.length > KEPT_LINES) lines.shift();
            print(line);
            return;
          }
          for (const event of events) {
            if (event.type === 'check') checks.push(event.check);
            const trouble = cacheTrouble(event);
            if (trouble?.expected === false) log.warning(trouble.text);
            else print(trouble?.text);
            print(lineOf(event));
          }
        },
      },
    );
    const metadata = JSON.parse(await readFile(metadataFile, 'utf8')) as Metadata;
    return { metadata, vertices: progress.vertices, checks };
  } catch (error) {
    builder.signal.throwIfAborted();
    throw new BakeError(lines, progress.vertices, lastWordsOf(error, lines));
  } finally {
    clearInterval(heartbeat);
    onEnd(progress.vertices);
  }
}
