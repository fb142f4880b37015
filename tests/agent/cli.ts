import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { Command } from 'commander';
import { parse } from 'yaml';
import type { Resources } from './connections';
import { worst } from './pipeline/conditions';
import { PipelineError } from './pipeline/located';
import type { Pipeline } from './pipeline/model';
import { readPipeline } from './pipeline/parse';
import { tableOf } from './pipeline/report';
import { runPipeline } from './pipeline/run';
import { serveHost } from '../host/server';
import { runOfFolder } from '../host/source';
import { readTaskDefinition } from './taskDefinition';

/** Exit codes: 0 the pipeline succeeded, 1 it did not, 2 it could not be run at all. */
const USAGE_ERROR = 2;

interface RunFlags {
  resources?: string;
  tasks: string;
  output: string;
  variable: string[];
  parameter: string[];
  reason?: string;
  node?: string;
  stage?: string;
}

// The bundle is dist/cli/langflow-pipeline.js and has the tasks beside it.
const here = path.dirname(realpathSync(process.argv[1] ?? '.'));
const collect = (value: string, former: string[]): string[] => [...former, value];

const program = new Command('langflow-pipeline').description(
  'Runs an Azure Pipelines YAML file on this machine as an agent would, with the tasks of Langflow Delivery.',
);
program
  .command('run')
  .description('run a pipeline')
  .argument('<file>', 'the YAML file')
  .option('--resources <file>', 'variable groups, service connections and environments')
  .option('--tasks <folder>', 'the built tasks', path.join(here, '../tasks'))
  .option('--output <folder>', 'where the folders of the runs go', '.langflow-pipeline/runs')
  .option('--variable <name=value>', 'a variable of this run (repeatable)', collect, [])
  .option('--parameter <name=value>', 'a parameter of the pipeline (repeatable)', collect, [])
  .option('--reason <reason>', 'Build.Reason, such as PullRequest; default: Manual')
  .option('--node <20|24>', 'the Node that runs the tasks; default: the one that runs this program')
  .option('--stage <name>', 'run this stage alone')
  .action(async (file: string, flags: RunFlags) => {
    process.exitCode = await run(file, flags);
  });
program
  .command('validate')
  .description('read a pipeline with its templates and say what is wrong or not supported')
  .argument('<file>', 'the YAML file')
  .option('--tasks <folder>', 'the built tasks', path.join(here, '../tasks'))
  .option('--parameter <name=value>', 'a parameter of the pipeline (repeatable)', collect, [])
  .action((file: string, { tasks, parameter }: Pick<RunFlags, 'tasks' | 'parameter'>) => {
    const { pipeline } = load(file, tasks, parameter);
    console.log(`${pipeline.file} is valid: ${pipeline.stages.map(({ name }) => name).join(', ')}`);
  });
program
  .command('view')
  .description('show the results tab of a run, also of one that goes on, at an address of this machine')
  .argument('<folder>', 'the run folder')
  .option('--port <number>', 'where to listen; 0 takes a free port', '0')
  .action(async (folder: string, { port }: { port: string }) => {
    const { address } = await serveHost({
      run: runOfFolder(path.resolve(folder)),
      files: { tab: path.join(here, '../tab/index.html'), host: path.join(here, 'host.html') },
      port: Number(port),
    });
    console.log(`The results tab of ${folder}: ${address} (Ctrl+C ends it)`);
  });

program.exitOverride();
program.parseAsync().catch((error: unknown) => {
  const { exitCode } = error as { exitCode?: number };
  if (exitCode === undefined) console.error(error instanceof PipelineError ? error.message : error);
  process.exitCode = exitCode === 0 ? 0 : USAGE_ERROR;
});

async function run(file: string, flags: RunFlags): Promise<number> {
  const { pipeline, repository } = load(file, flags.tasks, flags.parameter, flags.reason);
  const resources = flags.resources ? readResources(flags.resources) : {};
  const variables = pairs(flags.variable);
  const folder = newFolder(path.resolve(flags.output));
  const log = createWriteStream(path.join(folder, 'log.txt'));
  const cancel = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      cancel.abort();
    });
  const stages = await runPipeline({
    pipeline,
    repository,
    resources,
    tasks: path.resolve(flags.tasks),
    node: nodeProgram(flags.node),
    folder,
    variables,
    stage: flags.stage,
    signal: cancel.signal,
    onLine: (job, line) => {
      console.log(`[${job}] ${line}`);
      log.write(`[${job}] ${line}\n`);
    },
    clock: () => Date.now(),
  });
  const table = tableOf(stages);
  writeFileSync(path.join(folder, 'result.json'), `${JSON.stringify(stages, null, 2)}\n`);
  log.end(`\n${table}\n`);
  console.log(`\n${table}\n\nRun folder: ${folder}`);
  const result = worst(stages);
  return result === 'Failed' || result === 'Canceled' ? 1 : 0;
}

function load(
  file: string,
  tasks: string,
  parameters: string[],
  reason?: string,
): { pipeline: Pipeline; repository: string } {
  const absolute = path.resolve(file);
  const repository = execFileSync('git', ['rev-parse', '--show-toplevel'], {
    cwd: path.dirname(absolute),
    encoding: 'utf8',
  }).trim();
  const pipeline = readPipeline(realpathSync(absolute), repository, pairs(parameters), reason);
  for (const { jobs } of pipeline.stages)
    for (const { phases } of jobs)
      for (const { steps } of phases)
        for (const step of steps) {
          const { action } = step;
          if (action.type !== 'task') continue;
          const folder = path.join(tasks, action.task);
          if (!existsSync(folder))
            throw new PipelineError(
              step,
              `there is no task '${action.task}'; there are ${[...readdirSync(tasks), 'PublishPipelineArtifact', 'DownloadPipelineArtifact'].join(', ')}`,
            );
          const { version } = readTaskDefinition(folder);
          if (version.Major !== action.version)
            throw new PipelineError(
              step,
              `${action.task}@${action.version}: the task has version ${version.Major}`,
            );
        }
  return { pipeline, repository };
}

function readResources(file: string): Resources {
  return parse(readFileSync(file, 'utf8')) as Resources;
}

function pairs(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new PipelineError({ file: text, line: 0 }, 'expected is name=value');
      return [name, value];
    }),
  );
}

/** The next free number. */
function newFolder(output: string): string {
  mkdirSync(output, { recursive: true });
  // The runs must not become part of what the next run checks out.
  writeFileSync(path.join(output, '.gitignore'), '*\n');
  const numbers = readdirSync(output).map(Number).filter(Number.isInteger);
  const folder = path.join(output, String(Math.max(0, ...numbers) + 1));
  mkdirSync(folder);
  return folder;
}

/** The npm packages `node20` and `node24` of a project carry the binaries. */
function nodeProgram(version: string | undefined): string {
  if (version === undefined || process.versions.node.startsWith(`${version}.`)) return process.execPath;
  for (let folder = here; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, `node_modules/node${version}/bin/node`);
    if (existsSync(candidate)) return candidate;
    if (folder === path.dirname(folder))
      throw new PipelineError(
        { file: '--node', line: 0 },
        `there is no node_modules/node${version}/bin/node`,
      );
  }
}
