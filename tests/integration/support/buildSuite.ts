import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readRelease, type Component } from '../../../tasks/common/release/release';
import type { StepOptions } from '../../agent/step';
import { localEnvironment, type LocalEnvironment } from '../../environment';
import { startBuildkitd, type Buildkitd } from './buildkitd';
import { buildStep, writeFiles, type BuildOutcome } from './buildStep';
import { pushedDigest, registryOf, type PlainRegistry } from './images';

/**
 * For tests of LangflowBuild: each has sources of its own with one component, `app`, a prefix of repositories that nobody
 * else has, and a line that no cache has seen.
 */
export class BuildSuite {
  environment!: LocalEnvironment;
  registry!: PlainRegistry;
  /** For whatever a test writes. */
  folder!: string;
  sources!: string;
  prefix!: string;
  nonce!: string;
  readonly #daemons: Buildkitd[] = [];

  /** Registers its hooks with mocha's current suite. */
  constructor() {
    before(() => {
      this.environment = localEnvironment();
      this.registry = registryOf(this.environment);
      this.folder = mkdtempSync(path.join(tmpdir(), 'build-test-'));
    });
    after(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
    beforeEach(() => {
      this.nonce = randomBytes(6).toString('hex');
      this.prefix = `tests/build-${this.nonce}`;
      this.sources = mkdtempSync(path.join(this.folder, 'sources-'));
      this.write({
        'app/Dockerfile': `FROM debian:bookworm-slim\nRUN echo running-${this.nonce} | tee /made\n`,
        'components.yml': 'components: [{ name: app, context: app }]\n',
      });
    });
    afterEach(async () => {
      await Promise.all(this.#daemons.splice(0).map((daemon) => daemon.kill()));
    });
  }

  write(files: Record<string, string>): void {
    writeFiles(this.sources, files);
  }

  build(inputs: Record<string, string> = {}, more: Partial<StepOptions> = {}): Promise<BuildOutcome> {
    return buildStep(this.environment, this, inputs, more);
  }

  /** Builds, must succeed, and gives the components of the release. */
  async release(inputs: Record<string, string> = {}, more: Partial<StepOptions> = {}): Promise<Component[]> {
    return this.released(await this.build(inputs, more));
  }

  async released(step: BuildOutcome): Promise<Component[]> {
    assert.equal(step.result, 'Succeeded', step.message);
    return (await readRelease(step.releaseManifest)).components;
  }

  /** The digest that the registry has of `app`. */
  pushed(tag: string): Promise<string | undefined> {
    return pushedDigest(this.registry, `${this.prefix}/app`, tag);
  }

  /** Whether the command of `app` was run, in contrast to found in a cache. */
  ran(step: BuildOutcome): boolean {
    return step.log.split('\n').some((line) => line.endsWith(`  running-${this.nonce}`));
  }

  /** A daemon that has built nothing yet and goes with the test. */
  async freshBuilder(
    options: Omit<Parameters<typeof startBuildkitd>[0], 'registryHost'> = {},
  ): Promise<Buildkitd> {
    const daemon = await startBuildkitd({ registryHost: this.environment.registryHost, ...options });
    this.#daemons.push(daemon);
    return daemon;
  }
}
