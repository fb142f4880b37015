import { any, boolean, described, listOf, mapping, oneOf, ref, text, type Schema } from './schema';

/**
 * The frame around our steps: the keywords of a pipeline or template down to the step, from
 * https://learn.microsoft.com/azure/devops/pipelines/yaml-schema. What lies deeper and never holds a step of ours
 * (resources, schedules, pools, containers) is not checked, nor are the inputs of other people's tasks.
 * @param ours a step for each task of ours
 * @param names their names, `LangflowBuild@1`
 */
export function pipelineSchema(ours: readonly Schema[], names: readonly string[]): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Pipelines and templates for Azure Pipelines, with the tasks of Langflow Delivery',
    ...ref('pipeline'),
    definitions: {
      boolean: oneOf(['true', 'false']),
      pipeline: { anyOf: [pipeline, { type: 'string', pattern: '^$' }] },
      stage: { anyOf: [stage, template] },
      job: { anyOf: [job, deployment, template] },
      variables: { anyOf: [{ type: 'object', additionalProperties: true }, listOf(variable)] },
      dependsOn: { anyOf: [text, listOf(text)] },
      step: { anyOf: [ref('task'), ...otherSteps, template] },
      task: task(ours, names),
    },
  };
}

const variable: Schema = {
  anyOf: [
    mapping({ name: text, value: text, readonly: boolean }, 'name'),
    mapping({ group: text }, 'group'),
    mapping({ template: text, parameters: any }, 'template'),
  ],
};

const inJob = {
  displayName: text,
  dependsOn: ref('dependsOn'),
  condition: text,
  continueOnError: boolean,
  timeoutInMinutes: text,
  cancelTimeoutInMinutes: text,
  variables: ref('variables'),
  pool: any,
  container: any,
  services: any,
  workspace: any,
  uses: any,
  templateContext: any,
};

const steps = listOf(ref('step'));

const pipeline = mapping({
  name: described('Format of the number of a run.', text),
  appendCommitMessageToRunName: boolean,
  trigger: described('Pushes that start a run.', any),
  pr: described('Pull requests that start a run.', any),
  schedules: any,
  parameters: described('What the person who starts a run, or the user of a template, chooses.', any),
  resources: any,
  variables: ref('variables'),
  lockBehavior: oneOf(['sequential', 'runLatest']),
  extends: mapping({ template: text, parameters: any }, 'template'),
  stages: listOf(ref('stage')),
  jobs: listOf(ref('job')),
  steps,
  strategy: any,
  continueOnError: boolean,
  pool: any,
  container: any,
  services: any,
  workspace: any,
});

const stage = mapping(
  {
    stage: described('Name of the stage.', text),
    group: text,
    displayName: text,
    pool: any,
    dependsOn: ref('dependsOn'),
    condition: text,
    variables: ref('variables'),
    jobs: listOf(ref('job')),
    lockBehavior: oneOf(['sequential', 'runLatest']),
    trigger: oneOf(['automatic', 'manual']),
    isSkippable: boolean,
    templateContext: any,
    checks: any,
  },
  'stage',
);

const job = mapping({ job: described('Name of the job.', text), ...inJob, strategy: any, steps }, 'job');

const phase = mapping({ steps, pool: any });
const phases = {
  preDeploy: phase,
  deploy: phase,
  routeTraffic: phase,
  postRouteTraffic: phase,
  on: mapping({ failure: phase, success: phase }),
};

const deployment = mapping(
  {
    deployment: described('Name of the deployment job.', text),
    ...inJob,
    environment: any,
    strategy: mapping({
      runOnce: mapping(phases),
      rolling: mapping({ maxParallel: text, ...phases }),
      canary: mapping({ increments: any, ...phases }),
    }),
  },
  'deployment',
);

const template = mapping({ template: text, parameters: any }, 'template');

/** What every step may have. */
export const inStep: Record<string, Schema> = {
  displayName: described('What the run shows as the name of the step.', text),
  name: described('Name by which later steps read the output variables: `$(name.variable)`.', text),
  condition: text,
  continueOnError: boolean,
  enabled: boolean,
  env: described('Environment variables of the step.', any),
  target: any,
  timeoutInMinutes: text,
  retryCountOnTaskFailure: text,
};

/**
 * A name that begins as ours do and is none of them is a misspelt one; a full name, with publisher and extension, is left
 * alone. All names stand beside the alternatives, too: there the editor finds what to propose while a name is incomplete.
 */
function task(ours: readonly Schema[], names: readonly string[]): Schema {
  const nameOfOthers: Schema = {
    type: 'string',
    pattern: '^(?!langflow\\w*(@|$))',
    ignoreCase: 'value',
    patternErrorMessage: `There is no such task. Tasks of Langflow Delivery: ${names.join(', ')}.`,
  };
  const inputs = { type: 'object', additionalProperties: true };
  return {
    type: 'object',
    firstProperty: ['task'],
    // Of two alternatives that fit equally badly the first one is reported.
    properties: { task: { anyOf: [nameOfOthers, ...ours.map(({ properties }) => properties?.task ?? any)] } },
    anyOf: [mapping({ task: nameOfOthers, inputs, ...inStep }, 'task'), ...ours],
  };
}

const shell = { workingDirectory: text, failOnStderr: boolean };
const powerShell = { ...shell, errorActionPreference: text, ignoreLASTEXITCODE: boolean };
const KEYS_BY_FIRST: Record<string, Record<string, Schema>> = {
  script: shell,
  bash: shell,
  pwsh: powerShell,
  powershell: powerShell,
  checkout: {
    clean: boolean,
    fetchDepth: text,
    fetchFilter: text,
    fetchTags: boolean,
    lfs: boolean,
    path: text,
    persistCredentials: boolean,
    sparseCheckoutDirectories: text,
    sparseCheckoutPatterns: text,
    submodules: text,
    workspaceRepo: boolean,
  },
  download: { artifact: text, path: text, patterns: text },
  downloadBuild: { artifact: text, path: text, patterns: text, inputs: any },
  getPackage: { path: text },
  publish: { artifact: text },
  reviewApp: {},
};
const otherSteps = Object.entries(KEYS_BY_FIRST).map(([first, keys]) =>
  mapping({ [first]: text, ...keys, ...inStep }, first),
);
