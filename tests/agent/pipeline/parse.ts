import * as path from 'node:path';
import {
  asBoolean,
  asList,
  asNumber,
  asText,
  asTextMap,
  asTexts,
  checkKeys,
  get,
  PipelineError,
  readYaml,
  type Located,
} from './located';
import type { Job, Phase, Pipeline, Stage, VariableSource } from './model';
import { parseSteps } from './parseSteps';
import { expand, parametersOf, type TemplateScope } from './template';

/** What decides when a pipeline runs and on which machine: here it runs now, and on this one. */
const WITHOUT_EFFECT = [
  'trigger',
  'pr',
  'schedules',
  'pool',
  'name',
  'lockBehavior',
  'appendCommitMessageToRunName',
];
const PIPELINE_KEYS = [...WITHOUT_EFFECT, 'parameters', 'variables', 'stages', 'jobs', 'steps'];
const STAGE_KEYS = [
  'stage',
  'displayName',
  'dependsOn',
  'condition',
  'variables',
  'jobs',
  'pool',
  'lockBehavior',
];
const COMMON_JOB_KEYS = [
  'displayName',
  'dependsOn',
  'condition',
  'variables',
  'pool',
  'workspace',
  'timeoutInMinutes',
  'cancelTimeoutInMinutes',
  'continueOnError',
];
const HOOKS = ['preDeploy', 'deploy', 'routeTraffic', 'postRouteTraffic'] as const;

/**
 * Reads a pipeline with its templates.
 * @param file absolute path
 * @param parameters of the run, by name
 * @param reason what `variables['Build.Reason']` is, such as PullRequest
 * @throws PipelineError for the first thing that we do not support or that Azure Pipelines would not accept
 */
export function readPipeline(
  file: string,
  root: string,
  parameters: Record<string, string> = {},
  reason = 'Manual',
): Pipeline {
  const name = path.relative(root, file);
  const content = readYaml(file, name);
  checkKeys(content, 'a pipeline', PIPELINE_KEYS);
  const place = { file: name, line: 1 };
  const given: Located = {
    ...place,
    type: 'map',
    entries: Object.entries(parameters).map(([key, value]) => ({
      ...place,
      key,
      value: { ...place, type: 'scalar', value },
    })),
  };
  const predefined = { 'Build.Reason': reason };
  const scope: TemplateScope = { parameters: parametersOf(content, given), variables: predefined };
  const section = (key: string): Located | undefined => {
    const node = get(content, key);
    return node && expand(node, scope, root);
  };
  const variables = parseVariables(section('variables'));
  // `${{ variables.x }}` sees what stands in the file, not the groups.
  scope.variables = {
    ...predefined,
    ...Object.fromEntries(
      variables.flatMap((variable) => ('name' in variable ? [[variable.name, variable.value]] : [])),
    ),
  };
  const [stages, jobs, steps] = ['stages', 'jobs', 'steps'].map(section);
  if ([stages, jobs, steps].filter((part) => part !== undefined).length !== 1)
    throw new PipelineError(place, "a pipeline has one of 'stages', 'jobs' and 'steps'");
  return {
    file: name,
    reason,
    variables,
    stages: stages ? parseStages(stages) : [soleStage(place, jobs, steps)],
  };
}

function soleStage(place: { file: string; line: number }, jobs?: Located, steps?: Located): Stage {
  const base = { ...place, condition: undefined, dependsOn: [], variables: [] };
  const job: Job = {
    ...base,
    name: 'Job',
    displayName: 'Job',
    timeoutMinutes: 60,
    continueOnError: false,
    environment: undefined,
    phases: [{ hook: 'job', steps: steps ? parseSteps(steps) : [] }],
  };
  return { ...base, name: '__default', displayName: '__default', jobs: jobs ? parseJobs(jobs) : [job] };
}

function parseStages(node: Located): Stage[] {
  const stages = asList(node, "'stages'").map((item, index, all): Stage => {
    checkKeys(item, 'a stage', STAGE_KEYS);
    const name = nameOf(item, 'stage');
    const before = all[index - 1];
    return {
      file: item.file,
      line: item.line,
      name,
      displayName: asText(get(item, 'displayName'), 'displayName') ?? name,
      condition: asText(get(item, 'condition'), 'condition'),
      dependsOn: asTexts(get(item, 'dependsOn'), 'dependsOn') ?? (before ? [nameOf(before, 'stage')] : []),
      variables: parseVariables(get(item, 'variables')),
      jobs: parseJobs(get(item, 'jobs') ?? item),
    };
  });
  checkDependencies(stages, 'stage');
  return stages;
}

function parseJobs(node: Located): Job[] {
  const jobs = asList(node, "'jobs'").map((item): Job => {
    const deployment = get(item, 'deployment') !== undefined;
    const own = deployment ? ['deployment', 'environment', 'strategy'] : ['job', 'steps'];
    checkKeys(item, deployment ? 'a deployment job' : 'a job', [...own, ...COMMON_JOB_KEYS]);
    const name = nameOf(item, deployment ? 'deployment' : 'job');
    const environment = get(item, 'environment');
    return {
      file: item.file,
      line: item.line,
      name,
      displayName: asText(get(item, 'displayName'), 'displayName') ?? name,
      condition: asText(get(item, 'condition'), 'condition'),
      dependsOn: asTexts(get(item, 'dependsOn'), 'dependsOn') ?? [],
      variables: parseVariables(get(item, 'variables')),
      timeoutMinutes: asNumber(get(item, 'timeoutInMinutes'), 'timeoutInMinutes', 60),
      continueOnError: asBoolean(get(item, 'continueOnError'), 'continueOnError', false),
      environment: environment && environmentName(environment),
      phases: deployment
        ? parseStrategy(item)
        : [{ hook: 'job', steps: parseSteps(get(item, 'steps') ?? item) }],
    };
  });
  checkDependencies(jobs, 'job');
  return jobs;
}

function environmentName(node: Located): string {
  if (node.type !== 'map') return asText(node, 'environment') ?? '';
  checkKeys(node, 'environment', ['name', 'resourceName', 'resourceType']);
  return asText(get(node, 'name'), "the environment's name") ?? '';
}

function parseStrategy(job: Located): Phase[] {
  const strategy = get(job, 'strategy');
  if (!strategy) throw new PipelineError(job, "a deployment job needs a 'strategy'");
  checkKeys(strategy, 'strategy', ['runOnce', 'rolling']);
  const rolling = get(strategy, 'rolling');
  const hooks = get(strategy, 'runOnce') ?? rolling;
  if (!hooks) throw new PipelineError(strategy, "'runOnce' or 'rolling' is expected");
  checkKeys(hooks, 'the strategy', [...HOOKS, 'on', ...(rolling ? ['maxParallel'] : [])]);
  const stepsOf = (hook: Located): Phase['steps'] => {
    checkKeys(hook, 'a lifecycle hook', ['steps', 'pool']);
    return parseSteps(get(hook, 'steps') ?? hook);
  };
  const phases = HOOKS.flatMap((hook): Phase[] => {
    const node = get(hooks, hook);
    return node ? [{ hook, steps: stepsOf(node) }] : [];
  });
  if (!phases.some(({ hook }) => hook === 'deploy'))
    throw new PipelineError(hooks, "the strategy needs the lifecycle hook 'deploy'");
  const on = get(hooks, 'on');
  if (on) checkKeys(on, "'on'", ['failure', 'success']);
  for (const hook of ['failure', 'success'] as const) {
    const node = get(on, hook);
    if (node) phases.push({ hook, steps: stepsOf(node) });
  }
  return phases;
}

export function parseVariables(node: Located | undefined): VariableSource[] {
  if (node === undefined) return [];
  if (node.type === 'map')
    return Object.entries(asTextMap(node, 'variables')).map(([name, value]) => ({
      file: node.file,
      line: node.line,
      name,
      value,
      readonly: false,
    }));
  return asList(node, "'variables'").map((item): VariableSource => {
    const { file, line } = item;
    const group = asText(get(item, 'group'), 'group');
    if (group !== undefined) {
      checkKeys(item, 'a variable group', ['group']);
      return { file, line, group };
    }
    checkKeys(item, 'a variable', ['name', 'value', 'readonly']);
    const name = asText(get(item, 'name'), 'name');
    if (!name) throw new PipelineError(item, "a variable needs a 'name' or is a 'group'");
    return {
      file,
      line,
      name,
      value: asText(get(item, 'value'), 'value') ?? '',
      readonly: asBoolean(get(item, 'readonly'), 'readonly', false),
    };
  });
}

function nameOf(node: Located, key: string): string {
  const name = asText(get(node, key), key);
  if (!name || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new PipelineError(node, `a ${key} needs a name of letters, digits and '_', not '${name ?? ''}'`);
  return name;
}

/** Names are their own, and what depends on another names it; a circle would wait forever. */
function checkDependencies(nodes: readonly (Stage | Job)[], what: string): void {
  const done = new Set<string>();
  for (const node of nodes) {
    if (nodes.some((other) => other !== node && other.name === node.name))
      throw new PipelineError(node, `there are two ${what}s '${node.name}'`);
    for (const name of node.dependsOn)
      if (!nodes.some((other) => other.name === name))
        throw new PipelineError(node, `'${node.name}' depends on '${name}', and there is no such ${what}`);
  }
  for (;;) {
    const ready = nodes.filter(
      ({ name, dependsOn }) => !done.has(name) && dependsOn.every((other) => done.has(other)),
    );
    if (ready.length === 0) break;
    for (const { name } of ready) done.add(name);
  }
  const stuck = nodes.find(({ name }) => !done.has(name));
  if (stuck) throw new PipelineError(stuck, `'${stuck.name}' depends on itself`);
}
