import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { ReleaseManifest } from '../../../tasks/common/release/release';
import { mistakeIn, VIEW_ATTACHMENT, type ReleaseView } from '../../../tasks/common/view/view';
import type { StepReport } from '../../agent/pipeline/job';
import type { StageReport } from '../../agent/pipeline/run';
import { attachmentsOf } from '../../agent/pipeline/timeline';

/** The program as it is shipped. */
export const LANGFLOW_PIPELINE = path.resolve(import.meta.dirname, '../../../dist/cli/langflow-pipeline.js');

/** Starts langflow-pipeline as a user does, over and over with the same options. */
export class PipelineRuns {
  constructor(
    private readonly options: {
      /** The bundle langflow-pipeline.js. */
      program: string;
      pipeline: string;
      resources: string;
      /** Where the folders of the runs go. */
      output: string;
      variables: Record<string, string>;
      parameters: Record<string, string>;
    },
  ) {}

  private count = 0;

  /** @param pipeline another file than that of the options */
  async run(pipeline = this.options.pipeline, ...flags: string[]): Promise<PipelineRun> {
    const { program, resources, output, variables, parameters } = this.options;
    const child = spawn(
      process.execPath,
      [program, 'run', pipeline, '--resources', resources, '--output', output].concat(
        Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]),
        Object.entries(parameters).flatMap(([name, value]) => ['--parameter', `${name}=${value}`]),
        flags,
      ),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (log += text));
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    this.count++;
    return new PipelineRun(path.join(output, String(this.count)), exitCode, log);
  }
}

/** What a run left. */
export class PipelineRun {
  readonly stages: StageReport[];

  constructor(
    readonly folder: string,
    readonly exitCode: number | null,
    readonly log: string,
  ) {
    this.stages = JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')) as StageReport[];
  }

  /** What the user reads last: the table of stages and why they failed. */
  get table(): string {
    return this.log.slice(this.log.lastIndexOf('\nStage '));
  }

  stage(name: string): StageReport | undefined {
    return this.stages.find((stage) => stage.name === name);
  }

  step(stage: string, name: string): StepReport | undefined {
    return this.stage(stage)
      ?.jobs.flatMap(({ steps }) => steps)
      .find((step) => step.name === name);
  }

  /** The release manifest of an artifact; default: what the smoke test published. */
  release(artifact = 'langflow-release-tested'): ReleaseManifest {
    const file = path.join(this.folder, 'artifacts', artifact, 'release.json');
    return JSON.parse(readFileSync(file, 'utf8')) as ReleaseManifest;
  }

  /** What each step shows in the results tab, in the order of the steps; every document must be good. */
  views(): ReleaseView[] {
    return attachmentsOf(this.folder, VIEW_ATTACHMENT).map(({ file }) => {
      const view: unknown = JSON.parse(readFileSync(file, 'utf8'));
      assert.equal(mistakeIn(view), undefined, file);
      return view as ReleaseView;
    });
  }

  /** The page of the release for people without the results tab. */
  page(): string {
    return readFileSync(
      path.join(this.folder, 'artifacts/langflow-release-tested/langflow-release.html'),
      'utf8',
    );
  }

  digestOf(component: string): string | undefined {
    return this.release().components.find(({ name }) => name === component)?.digest;
  }

  /** The reports that were published to the Tests tab. */
  junit(): string {
    return this.stages
      .flatMap(({ jobs }) => jobs)
      .flatMap(({ steps }) => steps)
      .flatMap(({ outcome }) => outcome?.testResults ?? [])
      .map(({ file }) => readFileSync(file, 'utf8'))
      .join('\n');
  }

  /** The instructions of Dockerfiles that were executed, not found in the cache. */
  executed(): string[] {
    const steps = [...this.log.matchAll(/ (\[\S+ (?:\S+ )?\d+\/\d+\]) ([A-Z]+ .*)$/gm)];
    return steps
      .filter(([, step = '', instruction = '']) => {
        // `LINK COPY` puts the layer that COPY --link made upon the others.
        return !/^(FROM|LINK) /.test(instruction) && !this.log.includes(` ${step} CACHED\n`);
      })
      .filter(([, , instruction = '']) => !/^(DONE in|FAILED:)/.test(instruction))
      .map(([, step = '', instruction = '']) => `${step} ${instruction}`);
  }
}
