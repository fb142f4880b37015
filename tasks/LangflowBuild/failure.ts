import * as path from 'node:path';
import { localized } from '../common/agent/messages';
import { withBases, type Component } from './components';
import { failedVertices, type Vertex } from './progress';

/** Why a component could not be built, in words, and where its Dockerfile says so. */
export interface Failure {
  /** One line: component and reason. */
  reason: string;
  /** Everything that the user needs: reason, place, the command's last words, what to do. */
  message: string;
  /** Absolute path and line, when buildx pointed at one. */
  dockerfile?: string;
  line?: number;
}

/** Last words of a command that are worth repeating; the log has the rest. */
const SHOWN_WORDS = 15;

/** What to do, by what BuildKit says; the first that matches. */
const REMEDIES: readonly [RegExp, string][] = [
  [
    /\b40[13]\b|unauthorized|authorization failed|insufficient_scope|access denied|denied:/i,
    "The registry refused the credential: check user name, password and rights (push and pull) of the service connection in 'containerRegistry'. Base images of other registries must be readable without a login.",
  ],
  [
    /did not complete successfully: exit code/,
    'The command of this line failed; its last words say why. Correct it and run the pipeline again.',
  ],
  [/parse error|unknown instruction/, 'Correct this line of the Dockerfile.'],
  [
    /target stage .* could not be found/,
    "Correct 'target' in the components file, or name a stage so in the Dockerfile.",
  ],
  [
    /failed to resolve source metadata/,
    'Check the name and the tag of the image, and that the builder can reach its registry.',
  ],
  [
    /failed to calculate checksum of ref/,
    'The file is not in the build context: check its path relative to the context, and .dockerignore.',
  ],
  [
    /failed to push/,
    'The images are built, but the registry did not take one: see its answer above; what is built stays in the cache of the builder.',
  ],
];

/**
 * Explains why bake failed.
 * @param lines the last that it printed itself: its excerpt of the Dockerfile and the error
 * @param readText content of a Dockerfile
 * @returns undefined when bake did not fail because of a component
 */
export function explainFailure(
  { lines, vertices }: { lines: readonly string[]; vertices: readonly Vertex[] },
  components: readonly Component[],
  readText: (file: string) => string,
): Failure | undefined {
  const last = lines.findLastIndex((line) => line.startsWith('ERROR: '));
  const error = lines[last] ?? '';
  const [, target, cause] =
    /^ERROR: (?:target (\S+): (?:failed to solve: )?|failed to solve: )(.*)$/.exec(error) ?? [];
  // buildx leaves out the name of a target that is the only one.
  const name = target ?? (components.length === 1 ? components[0]?.name : undefined);
  const named = components.find((component) => component.name === name);
  if (!named || cause === undefined) return undefined;

  const excerpt = excerptOf(lines.slice(0, last));
  const component = (excerpt && ownerOf(excerpt, withBases(named, components), readText)) ?? named;
  const reason = localized('ComponentFailed', component.name, inWords(cause));
  const remedy = REMEDIES.find(([pattern]) => pattern.test(cause))?.[1] ?? 'The log above has the details.';
  const words = lastWords(vertices);
  const message = [
    reason,
    ...(excerpt ? [`${component.dockerfile}, line ${excerpt.line}:`, ...indented(excerpt.marked)] : []),
    ...(words.length > 0 ? ['Last words of the command:', ...indented(words)] : []),
    remedy,
  ].join('\n');
  return excerpt
    ? { reason, message, dockerfile: component.dockerfile, line: excerpt.line }
    : { reason, message };
}

/** The failed command itself stands in the excerpt; BuildKit repeats it in full and quoted. */
function inWords(cause: string): string {
  const exitCode = /did not complete successfully: exit code: (\d+)/.exec(cause)?.[1];
  return exitCode === undefined ? cause : `a command ended with exit code ${exitCode}`;
}

/** buildx's picture of the place: `Dockerfile:5`, then lines of which the faulty ones are marked with `>>>`. */
interface Excerpt {
  file: string;
  line: number;
  marked: string[];
}

function excerptOf(lines: readonly string[]): Excerpt | undefined {
  const start = lines.findLastIndex(
    (line, index) => /^\S.*:\d+$/.test(line) && /^-{20}$/.test(lines[index + 1] ?? ''),
  );
  const [, file, line] = /^(.+):(\d+)$/.exec(lines[start] ?? '') ?? [];
  if (file === undefined) return undefined;
  const marked = lines.slice(start).flatMap((text) => /^ *\d+ \| >>> (.*)$/.exec(text)?.[1] ?? []);
  return { file, line: Number(line), marked };
}

/**
 * The component that has the line. A failing base is reported under the name of whichever component was waiting for it,
 * so the text of the line decides.
 */
function ownerOf(
  { file, line, marked }: Excerpt,
  candidates: readonly Component[],
  readText: (file: string) => string,
): Component | undefined {
  return candidates.find(
    ({ dockerfile }) =>
      path.basename(dockerfile) === path.basename(file) &&
      readText(dockerfile).split(/\r?\n/)[line - 1]?.trimEnd() === marked[0]?.trimEnd(),
  );
}

/** The last output of what failed. */
function lastWords(vertices: readonly Vertex[]): string[] {
  const [failed] = failedVertices(vertices);
  return (failed?.words ?? []).slice(-SHOWN_WORDS);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
