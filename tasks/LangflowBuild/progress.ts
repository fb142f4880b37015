/** A node of the build graph, as all targets that need it see it. Times are milliseconds since the epoch. */
export interface Vertex {
  digest: string;
  /** Without the part in brackets: `RUN pip install …`. */
  instruction: string;
  /** The part in brackets of the first target that named it: `backend 2/5`; empty when there is none. */
  step: string;
  /** Names of the bake targets that need it. */
  targets: Set<string>;
  started?: number;
  completed?: number;
  /** It was taken from a cache. */
  cached: boolean;
  error?: string;
  /** Last lines of its output. */
  words: string[];
  /** Digests of the image manifests that it exported. */
  exported: string[];
}

/** A mistake in a Dockerfile that BuildKit's checks found (docs.docker.com/reference/build-checks). */
export interface BuildCheck {
  message: string;
  url: string;
  /** Base name of the Dockerfile. */
  file: string;
  /** From 1. */
  line: number;
  target: string;
}

/** Something that people want to see as it happens. */
export type ProgressEvent =
  | { type: 'started' | 'cached' | 'completed' | 'failed'; vertex: Vertex }
  | { type: 'output'; vertex: Vertex; line: string }
  | { type: 'check'; check: BuildCheck };

/** One line of `--progress=rawjson`: moby/buildkit, client/graph.go, SolveStatus. Byte slices are base64. */
interface SolveStatus {
  vertexes?: {
    digest: string;
    name: string;
    started?: string;
    completed?: string;
    cached?: boolean;
    error?: string;
  }[];
  statuses?: { id: string; vertex: string }[];
  logs?: { vertex: string; data: string }[];
  warnings?: {
    vertex: string;
    short: string;
    url?: string;
    sourceInfo?: { filename?: string };
    range?: { start?: { line?: number } }[];
  }[];
}

/** Lines of a vertex's output that are kept to explain its failure. */
const KEPT_WORDS = 40;
/** A second stretch of work of a vertex (a layer that is pulled only when it is needed) is told when it takes this long. */
const LONG_STRETCH_MS = 1_000;

/**
 * The state of a build from the lines that buildx writes. What a target shares with others is one vertex. It holds the
 * vertices and a few lines each, however much they print.
 */
export class Progress {
  readonly #vertices = new Map<string, Vertex>();
  readonly #rest = new Map<string, string>();
  readonly #checks = new Set<string>();
  readonly #sole: string | undefined;

  /** @param targets all that are built; of a single one, buildx leaves the name out */
  constructor(targets: readonly string[]) {
    this.#sole = targets.length === 1 ? targets[0] : undefined;
  }

  get vertices(): Vertex[] {
    return [...this.#vertices.values()];
  }

  /** @returns what happened, or undefined for a line that is not of this format */
  take(line: string): ProgressEvent[] | undefined {
    if (!line.startsWith('{')) return undefined;
    let status: SolveStatus;
    try {
      status = JSON.parse(line) as SolveStatus;
    } catch {
      return undefined;
    }
    for (const { id, vertex } of status.statuses ?? []) this.#note(vertex, id);
    return [
      ...(status.vertexes ?? []).flatMap((vertex) => this.#update(vertex)),
      ...(status.logs ?? []).flatMap(({ vertex, data }) => this.#print(vertex, data)),
      ...(status.warnings ?? []).flatMap((warning) => this.#warn(warning)),
    ];
  }

  #update(update: NonNullable<SolveStatus['vertexes']>[number]): ProgressEvent[] {
    const { digest, name, started, completed, cached = false, error } = update;
    const [, bracketed = '', instruction = ''] = /^(?:\[([^\]]*)\] )?(.*)$/s.exec(name) ?? [];
    const step = [this.#sole, bracketed].filter(Boolean).join(' ');
    let vertex = this.#vertices.get(digest);
    if (!vertex) {
      vertex = { digest, instruction, step, targets: new Set(), cached: false, words: [], exported: [] };
      this.#vertices.set(digest, vertex);
    }
    const target = step.split(' ')[0];
    if (target && target !== 'internal' && target !== 'auth') vertex.targets.add(target);
    const before = { ...vertex };
    if (started !== undefined) vertex.started ??= Date.parse(started);
    if (completed !== undefined) vertex.completed = Math.max(vertex.completed ?? 0, Date.parse(completed));
    vertex.cached ||= cached;
    if (error) vertex.error ??= error;
    return eventsOf(before, vertex, started === undefined ? undefined : Date.parse(started));
  }

  #note(digest: string, id: string): void {
    const [, manifest] = /^exporting manifest (sha256:[0-9a-f]{64})$/.exec(id) ?? [];
    if (manifest !== undefined) this.#vertices.get(digest)?.exported.push(manifest);
  }

  #print(digest: string, data: string): ProgressEvent[] {
    const vertex = this.#vertices.get(digest);
    if (!vertex) return [];
    const text = (this.#rest.get(digest) ?? '') + Buffer.from(data, 'base64').toString('utf8');
    const lines = text.split('\n');
    this.#rest.set(digest, lines.pop() ?? '');
    return lines.map((line) => {
      // Of a line that a program rewrites in place, such as a progress bar, what it shows last.
      const shown = line.replace(/\r$/, '').replace(/^.*\r/s, '');
      vertex.words.push(shown);
      if (vertex.words.length > KEPT_WORDS) vertex.words.shift();
      return { type: 'output', vertex, line: shown };
    });
  }

  #warn({
    vertex: digest,
    short,
    url = '',
    sourceInfo,
    range,
  }: NonNullable<SolveStatus['warnings']>[number]) {
    const [target = ''] = this.#vertices.get(digest)?.targets ?? [];
    const check: BuildCheck = {
      message: Buffer.from(short, 'base64').toString('utf8'),
      url,
      file: sourceInfo?.filename ?? '',
      line: range?.[0]?.start?.line ?? 0,
      target,
    };
    // Every target that shares a Dockerfile finds the same.
    const key = JSON.stringify({ ...check, target: '' });
    if (this.#checks.has(key)) return [];
    this.#checks.add(key);
    return [{ type: 'check' as const, check }];
  }
}

function eventsOf(before: Vertex, vertex: Vertex, stretchStart: number | undefined): ProgressEvent[] {
  const events: ProgressEvent[] = [];
  if (before.started === undefined && vertex.started !== undefined) events.push({ type: 'started', vertex });
  if (before.error === undefined && vertex.error !== undefined) events.push({ type: 'failed', vertex });
  else if (!before.cached && vertex.cached) events.push({ type: 'cached', vertex });
  else if (vertex.completed !== undefined && vertex.error === undefined) {
    const stretch = vertex.completed - Math.max(before.completed ?? 0, stretchStart ?? 0);
    const isNew = before.completed === undefined || stretch >= LONG_STRETCH_MS;
    if (before.completed !== vertex.completed && isNew) events.push({ type: 'completed', vertex });
  }
  return events;
}

/** What failed by itself, in contrast to what was cancelled because of it. */
export function failedVertices(vertices: readonly Vertex[]): Vertex[] {
  return vertices.filter(({ error = '' }) => error !== '' && !error.includes('context canceled'));
}

/** What the user wrote, in contrast to what BuildKit does around it. */
export function isInstruction({ step }: Vertex): boolean {
  return /\d+\/\d+$/.test(step);
}

/** Instructions of a target that a cache could have saved, and how many it saved. */
export interface CacheUse {
  instructions: number;
  cached: number;
}

/** A base image is there or is fetched, but never built: FROM does not count. */
export function cacheUseOf(vertices: readonly Vertex[], targets: ReadonlySet<string>): CacheUse {
  const counted = vertices.filter(
    (vertex) =>
      isInstruction(vertex) &&
      !vertex.instruction.startsWith('FROM ') &&
      vertex.completed !== undefined &&
      [...vertex.targets].some((target) => targets.has(target)),
  );
  return { instructions: counted.length, cached: counted.filter(({ cached }) => cached).length };
}

/** From the first to the last work on what only or also this target needed, in milliseconds. */
export function durationOf(vertices: readonly Vertex[], target: string): number | undefined {
  const own = vertices.filter(({ targets }) => targets.has(target));
  const starts = own.flatMap(({ started }) => started ?? []);
  const ends = own.flatMap(({ completed }) => completed ?? []);
  return starts.length === 0 ? undefined : Math.max(0, Math.max(...ends) - Math.min(...starts));
}
