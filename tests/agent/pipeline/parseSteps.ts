import {
  asBoolean,
  asList,
  asNumber,
  asText,
  asTextMap,
  checkKeys,
  get,
  PipelineError,
  type Located,
} from './located';
import type { Action, Step } from './model';

const COMMON_KEYS = [
  'name',
  'displayName',
  'condition',
  'enabled',
  'continueOnError',
  'timeoutInMinutes',
  'retryCountOnTaskFailure',
  'env',
];

/** A sort of step: the keys that it has beside the common ones, and what it does. */
interface Sort {
  keys: string[];
  parse: (item: Located, main: string) => Action;
}

const script: Sort = {
  keys: ['workingDirectory', 'failOnStderr'],
  parse: (item, main) => ({
    type: 'script',
    script: main,
    workingDirectory: asText(get(item, 'workingDirectory'), 'workingDirectory'),
    failOnStderr: asBoolean(get(item, 'failOnStderr'), 'failOnStderr', false),
  }),
};

const SORTS: Record<string, Sort> = {
  task: { keys: ['inputs'], parse: parseTask },
  script,
  bash: script,
  checkout: {
    keys: ['clean', 'fetchDepth', 'fetchTags', 'lfs', 'submodules', 'persistCredentials'],
    parse: (item, main) => {
      if (main !== 'self' && main !== 'none')
        throw new PipelineError(item, `checkout of '${main}' is not supported; supported are self and none`);
      return { type: 'checkout', self: main === 'self' };
    },
  },
  publish: {
    keys: ['artifact'],
    parse: (item, main) => ({
      type: 'publish',
      path: main,
      artifact: asText(get(item, 'artifact'), 'artifact') ?? 'drop',
    }),
  },
  download: {
    keys: ['artifact', 'path'],
    parse: (item, main) => {
      if (main === 'none') return { type: 'downloadNone' };
      if (main !== 'current')
        throw new PipelineError(
          item,
          `download of '${main}' is not supported; supported are current and none`,
        );
      return {
        type: 'download',
        artifact: asText(get(item, 'artifact'), 'artifact'),
        path: asText(get(item, 'path'), 'path'),
      };
    },
  },
};

export function parseSteps(node: Located): Step[] {
  return asList(node, "'steps'").map(parseStep);
}

function parseStep(item: Located): Step {
  const sort = Object.keys(SORTS).find((key) => item.type === 'map' && item.entries[0]?.key === key);
  const definition = sort === undefined ? undefined : SORTS[sort];
  if (sort === undefined || !definition) {
    const first = item.type === 'map' ? item.entries[0]?.key : undefined;
    throw new PipelineError(
      item,
      `a step that begins with '${first ?? ''}' is not supported; supported are ${Object.keys(SORTS).join(', ')}`,
    );
  }
  checkKeys(item, `the step '${sort}'`, [sort, ...definition.keys, ...COMMON_KEYS]);
  const main = asText(get(item, sort), sort) ?? '';
  const name = asText(get(item, 'name'), 'name');
  const action = definition.parse(item, main);
  return {
    file: item.file,
    line: item.line,
    name,
    displayName: asText(get(item, 'displayName'), 'displayName') ?? titleOf(action, sort, main),
    condition: asText(get(item, 'condition'), 'condition'),
    enabled: asBoolean(get(item, 'enabled'), 'enabled', true),
    continueOnError: asBoolean(get(item, 'continueOnError'), 'continueOnError', false),
    timeoutMinutes: asNumber(get(item, 'timeoutInMinutes'), 'timeoutInMinutes', 0),
    retries: asNumber(get(item, 'retryCountOnTaskFailure'), 'retryCountOnTaskFailure', 0),
    env: asTextMap(get(item, 'env'), 'env'),
    action,
  };
}

function titleOf(action: Action, sort: string, main: string): string {
  switch (action.type) {
    case 'script':
      return 'CmdLine';
    case 'task':
      return action.task;
    case 'publish':
    case 'download':
      return `${action.type} ${action.artifact ?? 'current'}`;
    default:
      return `${sort} ${main}`;
  }
}

function parseTask(item: Located, main: string): Action {
  const [, task, version] = /^([\w.-]+)@(\d+)$/.exec(main) ?? [];
  if (task === undefined)
    throw new PipelineError(item, `'${main}' is no task with its major version, such as LangflowBuild@1`);
  const inputs = asTextMap(get(item, 'inputs'), 'inputs');
  const input = (...names: string[]): string | undefined => names.map((name) => inputs[name]).find(Boolean);
  // The two tasks behind `publish` and `download`, which the agent itself brings.
  if (task === 'PublishPipelineArtifact')
    return {
      type: 'publish',
      path: input('targetPath', 'path') ?? '$(Pipeline.Workspace)',
      artifact: input('artifact', 'artifactName') ?? 'drop',
    };
  if (task === 'DownloadPipelineArtifact') {
    const source = input('source', 'buildType') ?? 'current';
    const latest = (input('runVersion', 'buildVersionToDownload') ?? 'latest') === 'latestFromBranch';
    if (source !== 'current' && !(source === 'specific' && latest && input('artifact', 'artifactName')))
      throw new PipelineError(
        item,
        'artifacts of the current run, or one of the latest run from a branch, can be downloaded',
      );
    return {
      type: 'download',
      artifact: input('artifact', 'artifactName'),
      path: input('path', 'targetPath'),
      ...(source === 'specific' && { ofFormerRun: true }),
    };
  }
  return { type: 'task', task, version: Number(version), inputs };
}
