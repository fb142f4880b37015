import type { ReleaseManifest } from '../common/release/release';
import type { Build } from '../common/view/view.generated';
import type { BuildResult } from './build';
import { barsOf, originOf, timedOf } from './gantt';
import { cacheUseOf, durationOf, type Vertex } from './progress';
import type { TestReport } from './testReports';

/** Vertices that are shown, the longest ones. */
const MOST_VERTICES = 500;

/** What is known of a build, as far as it came. */
export interface BuildFacts {
  /** Of all phases, by digest: what the second one finds built was built in the first. */
  vertices: Map<string, Vertex>;
  tests: readonly TestReport[];
  result?: BuildResult;
  /** Undefined when nothing was pushed. */
  manifest?: ReleaseManifest;
}

/** The section of the results tab. */
export function buildView({ vertices: byDigest, tests, result, manifest }: BuildFacts): Build {
  const vertices = [...byDigest.values()];
  const timed = timedOf(vertices);
  const bars = barsOf(vertices, MOST_VERTICES);
  return {
    ...(timed.length > 0 && { origin: new Date(originOf(timed)).toISOString() }),
    ...(result && { durationMs: Math.round(result.duration), pushed: manifest !== undefined }),
    vertices: bars.map(({ target, title, start, end, cached, vertex }) => ({
      component: target,
      name: title,
      startMs: start,
      endMs: end,
      ...(cached && { cached }),
      ...(vertex.error !== undefined && { error: vertex.error, lastWords: vertex.words.join('\n') }),
    })),
    omittedVertices: timed.length - bars.length,
    cache: cacheUseOf(vertices, new Set(vertices.flatMap(({ targets }) => [...targets]))),
    images: result === undefined ? [] : imagesOf(result, manifest),
    tests: tests.map(({ test, component, tests, failed, skipped, failures, unreadable }) => ({
      name: test,
      component,
      tests,
      failed,
      skipped,
      failures: [...failures, ...unreadable.map((one) => `The report ${one} cannot be read.`)],
    })),
    checks: (result?.checks ?? []).map(({ target, file, line, message, url }) => ({
      component: target,
      file,
      line,
      message,
      ...(url !== '' && { url }),
    })),
  };
}

function imagesOf(
  { components, vertices, sizes }: BuildResult,
  manifest: ReleaseManifest | undefined,
): Build['images'] {
  return components
    .filter(({ publish }) => publish)
    .map(({ name }) => {
      const released = manifest?.components.find((component) => component.name === name);
      return {
        component: name,
        digest: released?.digest,
        sizeBytes: sizes[name]?.now,
        formerSizeBytes: sizes[name]?.before,
        durationMs: durationOf(vertices, name),
        cache: cacheUseOf(vertices, new Set([name])),
        ...(released && { baseImages: released.baseImages }),
      };
    });
}
