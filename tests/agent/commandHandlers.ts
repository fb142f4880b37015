import { copyFileSync, cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import * as path from 'node:path';
import type { LoggingCommand } from './commands';
import type { Masker } from './masker';
import type { StepOutcome, StepResult } from './task';
import type { TaskDefinition } from './taskDefinition';
import type { Variables } from './variables';

/** What the commands of a step change. */
export interface CommandContext {
  /** Undefined for a script, which no definition restricts. */
  definition?: TaskDefinition;
  variables: Variables;
  taskVariables: Variables;
  masker: Masker;
  /** Folder that keeps copies of what the step publishes. */
  published: string;
  outcome: StepOutcome;
  print: (line: string) => void;
}

type Handler = (command: LoggingCommand, context: CommandContext) => void;

/** Every event that the agent knows and our harness honours (Agent.Worker/TaskCommandExtension.cs and its siblings). */
const HANDLERS: Record<string, Record<string, Handler>> = {
  task: {
    complete,
    logissue: logIssue,
    issue: logIssue,
    setvariable: setVariable,
    settaskvariable: ({ properties, data }, { taskVariables }) => {
      taskVariables.set(required(properties, 'variable'), data, { secret: properties.issecret === 'true' });
    },
    setsecret: ({ data }, { masker }) => {
      masker.add(data);
    },
    debug: ({ data }, { print, variables }) => {
      if (variables.get('System.Debug')?.value.toLowerCase() === 'true') print(`##[debug]${data}`);
    },
    setprogress: ignore,
    logdetail: ignore,
    prependpath: ({ data }, { variables }) => {
      variables.set('PATH', `${data}:${variables.get('PATH')?.value ?? process.env.PATH ?? ''}`);
    },
    uploadfile: ({ data }, context) => {
      attach('DistributedTask.Core.FileAttachment', path.basename(data), data, context);
    },
    uploadsummary: ({ data }, context) => {
      attach('Distributedtask.Core.Summary', path.basename(data), data, context);
    },
    addattachment: ({ properties, data }, context) => {
      attach(required(properties, 'type'), required(properties, 'name'), data, context);
    },
  },
  artifact: {
    upload: ({ properties, data }, { published, outcome }) => {
      const name = required(properties, 'artifactname');
      const copy = path.join(published, 'artifacts', name);
      const source = existing(data);
      cpSync(source, statSync(source).isDirectory() ? copy : path.join(copy, path.basename(source)), {
        recursive: true,
      });
      outcome.artifacts.push({ name, file: copy });
    },
    associate: ignore,
  },
  build: {
    addbuildtag: ignore,
    uploadlog: ignore,
    updatebuildnumber: ({ data }, { variables }) => {
      variables.set('Build.BuildNumber', data);
    },
  },
  results: {
    publish: ({ properties }, { published, outcome }) => {
      required(properties, 'type');
      for (const file of required(properties, 'resultfiles').split(',')) {
        const copy = copyInto(path.join(published, 'test-results'), file);
        outcome.testResults.push({ file: copy, runTitle: properties.runtitle ?? '' });
      }
    },
  },
  codecoverage: {
    publish: ({ properties }, { published, outcome }) => {
      required(properties, 'codecoveragetool');
      const copy = copyInto(path.join(published, 'coverage'), required(properties, 'summaryfile'));
      outcome.coverage.push(copy);
    },
    enable: ignore,
  },
  // Silently dropped for tasks that do not come with the server.
  telemetry: { publish: ignore },
};

/**
 * Obeys a command.
 * @throws Error for what makes the agent fail the step: an event that it does not know in an area that it does, a
 *   missing property or file
 */
export function obey(command: LoggingCommand, context: CommandContext): void {
  const area = HANDLERS[command.area];
  if (area === undefined) {
    context.print(`##[warning]Can't find command extension for ##vso[${command.area}.command].`);
    return;
  }
  const handler = area[command.event];
  if (handler === undefined)
    throw new Error(`##vso[${command.area}.${command.event}] is not a recognized command for Task`);
  handler(command, context);
}

const RESULTS: StepResult[] = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled'];

/** The worse of two results; Canceled stays (Agent.Worker, TaskResultUtil.MergeTaskResults). */
export function worse(a: StepResult, b: StepResult): StepResult {
  return RESULTS.indexOf(a) >= RESULTS.indexOf(b) ? a : b;
}

function complete({ properties, data }: LoggingCommand, { outcome }: CommandContext): void {
  const wanted = properties.result ?? 'Succeeded';
  const result = RESULTS.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (result === undefined) throw new Error(`##vso[task.complete]: '${wanted}' is no result of a task`);
  outcome.result = worse(outcome.result, result);
  if (data !== '') outcome.message = data;
}

/** The agent sends no more than this many of each type to the server. */
const MOST_ISSUES = 10;

function logIssue({ properties, data }: LoggingCommand, { outcome, masker, print }: CommandContext): void {
  const type = required(properties, 'type').toLowerCase();
  if (type !== 'error' && type !== 'warning')
    throw new Error(`##vso[task.logissue]: '${type}' is neither error nor warning`);
  const { sourcepath, linenumber, columnnumber } = properties;
  const line = linenumber === undefined ? undefined : Number(linenumber);
  const column = columnnumber === undefined ? undefined : Number(columnnumber);
  print(`##[${type}]${sourcepath ? `${sourcepath}(${line ?? 0},${column ?? 0}): ` : ''}${data}`);
  if (outcome.issues.filter((issue) => issue.type === type).length >= MOST_ISSUES) return;
  // Agent.Worker/ExecutionContext.cs, AddIssue.
  const message = masker.mask(data);
  outcome.issues.push({ type, message, ...(sourcepath ? { path: sourcepath, line, column } : {}) });
}

function setVariable({ properties, data }: LoggingCommand, context: CommandContext): void {
  const name = required(properties, 'variable');
  const { variables, definition, outcome, print } = context;
  const secret = properties.issecret?.toLowerCase() === 'true';
  const allowed = definition?.restrictions?.settableVariables?.allowed;
  if (allowed && !allowed.some((pattern) => matches(pattern, name))) {
    print(`##[warning]'SetVariable' of '${name}' is not allowed by the task's restrictions.`);
    return;
  }
  if (secret && /[\r\n]/.test(data))
    throw new Error(`##vso[task.setvariable]: secret '${name}' has several lines`);
  if (variables.get(name)?.readonly)
    throw new Error(`Overwriting readonly variable '${name}' is not permitted`);
  if (properties.isoutput?.toLowerCase() === 'true') {
    if (secret) context.masker.addVariable(data);
    outcome.outputs[name] = data;
  } else {
    variables.set(name, data, { secret, readonly: properties.isreadonly?.toLowerCase() === 'true' });
  }
}

/** `*` in a restriction stands for any text (learn.microsoft.com/azure/devops/pipelines/security/inputs). */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(name);
}

function attach(type: string, name: string, file: string, { published, outcome }: CommandContext): void {
  for (const part of [type, name]) {
    if (part === '' || /[/\0]/.test(part)) throw new Error(`'${part}' is not valid for an attachment`);
  }
  const copy = copyInto(path.join(published, 'attachments', type), file, name);
  outcome.attachments.push({ type, name, file: copy });
}

/** A copy under a name that is not taken. */
function copyInto(folder: string, file: string, name = path.basename(file)): string {
  mkdirSync(folder, { recursive: true });
  let copy = path.join(folder, name);
  for (let number = 2; existsSync(copy); number++) copy = path.join(folder, `${number}-${name}`);
  copyFileSync(existing(file), copy);
  return copy;
}

function existing(file: string): string {
  if (!existsSync(file)) throw new Error(`Cannot find file or folder: '${file}'`);
  return file;
}

function required(properties: Record<string, string>, name: string): string {
  const value = properties[name];
  if (!value) throw new Error(`Required field '${name}' is missing in the logging command`);
  return value;
}

function ignore(): void {
  // Has no effect that a step or a test could see.
}
