import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { sourcePath, workingDirectory } from '../common/agent/inputs';
import * as log from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { setOutput, temporaryFolder } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { withDockerConfig } from '../common/connections/dockerConfig';
import { formatDuration } from '../common/duration';
import { UserError } from '../common/errors';
import { writeRelease, type ReleaseManifest } from '../common/release/release';
import { releaseOf, type ViewDraft } from '../common/view/draft';
import { bake, BakeError, type BakeResult } from './bake';
import { allowances, bakeFile, repositoryOf, testFolder, type BakeOptions, type BakePhase } from './bakeFile';
import { requireBuildx, requireLinuxEngine, withBuilder, type Builder } from './builder';
import { select, type Component } from './components';
import { dockerSettings } from './dockerSettings';
import { explainFailure } from './failure';
import { readHistory } from './history';
import { imageSize } from './images';
import type { BuildInputs } from './inputs';
import { keepLocalCaches } from './localCache';
import { releasedComponents } from './metadata';
import type { Vertex } from './progress';
import { publishTests, reportBuild } from './report';
import { printedComponents } from './printedBakeFile';
import { withRetries } from './retries';
import { sourceOf } from './source';
import { branchOf, slugOf } from './tags';
import { failureOf, readTestReport, type TestReport } from './testReports';
import { buildView, type BuildFacts } from './view';

/** What was built, tested and pushed. */
export interface BuildResult extends BakeResult {
  components: Component[];
  tests: TestReport[];
  /** Bytes of each image, and of what the branch had before. */
  sizes: Record<string, { now: number | undefined; before: number | undefined }>;
  /** Milliseconds. */
  duration: number;
}

/**
 * Builds and tests all components as one graph, pushes them and writes the release manifest. Without `push` there are no
 * digests that another agent could use, so there is no manifest.
 * @returns the message of success
 * @throws UserError when a component cannot be built, tested or pushed
 */
export async function build(inputs: BuildInputs, signal: AbortSignal, view: ViewDraft): Promise<string> {
  await requireLinuxEngine(inputs.builder, signal);
  // A manifest of an earlier attempt must not outlive a build that fails.
  await rm(inputs.releaseManifest, { force: true });
  const source = sourceOf((name) => tl.getVariable(name));
  const facts: BuildFacts = { vertices: new Map(), tests: [] };
  view.release = { name: inputs.releaseName, ...source.source, components: [] };
  view.sections = () => ({ build: buildView(facts) });
  const settings = dockerSettings();
  const result = await withDockerConfig(
    inputs.registries,
    async (environment) => {
      const buildx = { env: { ...environment, ...inputs.environment }, signal };
      await requireBuildx(buildx);
      return withBuilder(inputs.builder, buildx, settings.proxies?.default, (builder) =>
        buildWith(builder, inputs, source.source, facts),
      );
    },
    { settings, signal },
  );
  facts.result = result;
  setOutput('releaseName', inputs.releaseName);
  const images = result.components.filter(({ publish }) => publish);
  const duration = formatDuration(result.duration);
  if (inputs.bake.output !== 'push') {
    reportBuild(result, undefined, inputs.releaseManifest);
    return localized('BuiltWithoutPush', countOf(images), duration);
  }
  const manifest: ReleaseManifest = {
    schemaVersion: 1,
    name: inputs.releaseName,
    ...source,
    components: releasedComponents(result, inputs.bake),
  };
  facts.manifest = manifest;
  view.release = releaseOf(manifest);
  await writeRelease(inputs.releaseManifest, manifest);
  reportBuild(result, manifest, inputs.releaseManifest);
  return localized('BuiltAndPushed', countOf(images), duration);
}

async function buildWith(
  builder: Builder,
  inputs: BuildInputs,
  source: ReleaseManifest['source'],
  facts: BuildFacts,
): Promise<BuildResult> {
  const started = systemClock.now();
  const folder = await mkdtemp(path.join(temporaryFolder(), 'bake-'));
  try {
    const all = Array.isArray(inputs.components)
      ? inputs.components
      : await printedComponents(inputs.components.bakeFile, builder);
    const components = select(all, inputs.select);
    const options = await optionsFor(components, inputs, source, builder.signal);
    const sizeOf = (name: string, reference: string): Promise<number | undefined> => {
      const [registry] = inputs.registries;
      const repository = repositoryOf(name, options).slice(`${registry?.host ?? ''}/`.length);
      return registry && reference !== ''
        ? imageSize(registry, repository, reference, builder.signal)
        : Promise.resolve(undefined);
    };
    const branch = slugOf(branchOf(source.branch ?? inputs.defaultBranch));
    const sizesBefore = sizesOf(components, (name) => sizeOf(name, branch));
    const run = new Run(builder, components, options, folder, facts);
    const { result, tests } = await run.all();
    await keepLocalCaches(options.cache);
    const before = await sizesBefore;
    const pushed = options.output === 'push' ? result.metadata : {};
    const now = await sizesOf(components, (name) =>
      sizeOf(name, pushed[name]?.['containerimage.digest'] ?? ''),
    );
    const sizes = Object.fromEntries(
      Object.keys(now).map((name) => [name, { now: now[name], before: before[name] }]),
    );
    return { ...result, components, tests, sizes, duration: systemClock.now() - started };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function optionsFor(
  components: readonly Component[],
  inputs: BuildInputs,
  source: ReleaseManifest['source'],
  signal: AbortSignal,
): Promise<BakeOptions> {
  const { reproducible } = inputs.bake;
  const { origins, gap } = await readHistory(components, workingDirectory(), signal, reproducible);
  if (reproducible && gap === 'no git') {
    throw new UserError(localized('NoCommitTime'));
  }
  if (reproducible && gap === 'shallow') {
    log.warning(localized('ShallowClone'));
  }
  // The agent reads test results after the step has ended.
  const testDirectory = await mkdtemp(path.join(temporaryFolder(), 'langflow-tests-'));
  if (inputs.bake.output === 'layout') await mkdir(inputs.bake.layoutDirectory, { recursive: true });
  return {
    ...inputs.bake,
    testDirectory,
    origins,
    source: { repository: source.repository, commit: source.commit },
  };
}

function countOf({ length }: readonly unknown[]): string {
  return length === 1 ? localized('OneImage') : localized('ManyImages', length);
}

/** The phases of one build. */
class Run {
  constructor(
    private readonly builder: Builder,
    private readonly components: readonly Component[],
    private readonly options: BakeOptions,
    private readonly folder: string,
    private readonly facts: BuildFacts,
  ) {}

  async all(): Promise<{ result: BakeResult; tests: TestReport[] }> {
    const tests = this.components.filter(({ testOf }) => testOf !== undefined);
    if (tests.length === 0) return { result: await this.#bake('release'), tests: [] };
    const verified = await this.#bake('verify');
    const reports = await Promise.all(
      tests.map((test) =>
        readTestReport(testFolder(test, this.options), test.name, test.testOf ?? test.name),
      ),
    );
    this.facts.tests = reports;
    publishTests(reports);
    const failure = failureOf(reports);
    if (failure !== undefined) throw new UserError(failure);
    const released = await this.#bake('release');
    return { result: { ...released, checks: verified.checks }, tests: reports };
  }

  async #bake(phase: BakePhase): Promise<BakeResult> {
    try {
      const result = await withRetries(this.options, this.builder.signal, (options) =>
        bake(
          this.builder,
          bakeFile(this.components, options, phase),
          this.folder,
          allowances(this.components, options),
          (vertices) => {
            this.#note(vertices);
          },
        ),
      );
      return { ...result, vertices: [...this.facts.vertices.values()] };
    } catch (error) {
      throw error instanceof BakeError ? explained(error, this.components) : error;
    }
  }

  /** The exports of the second phase are other vertices; what both have was done in the first, unless it did not end. */
  #note(vertices: readonly Vertex[]): void {
    const all = this.facts.vertices;
    for (const vertex of vertices)
      if (all.get(vertex.digest)?.completed === undefined) all.set(vertex.digest, vertex);
  }
}

/** The error in words, after it was put on the run page at the line of the Dockerfile. */
function explained(error: BakeError, components: readonly Component[]): UserError {
  const failure = explainFailure(error, components, (file) => readFileSync(file, 'utf8'));
  if (!failure) return error;
  if (failure.dockerfile !== undefined) {
    log.error(failure.reason, { path: sourcePath(failure.dockerfile), line: failure.line });
  }
  return new UserError(failure.message);
}

async function sizesOf(
  components: readonly Component[],
  sizeOf: (name: string) => Promise<number | undefined>,
): Promise<Record<string, number | undefined>> {
  const images = components.filter(({ publish }) => publish);
  return Object.fromEntries(
    await Promise.all(images.map(async ({ name }) => [name, await sizeOf(name)] as const)),
  );
}
