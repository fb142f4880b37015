import type { TaskDefinition, TaskInput } from '../taskRules/task';
import { inStep, pipelineSchema } from './pipeline';
import { boolean, described, mapping, oneOf, text, type Schema } from './schema';

/**
 * The schema with which the Azure Pipelines extension of VS Code completes and checks pipelines that use our tasks. The
 * tasks are described as by the server's own (`/_apis/distributedtask/yamlschema`), and a required input is asked for also
 * where it is required only together with another.
 */
export function yamlSchema(tasks: readonly TaskDefinition[]): Schema {
  return pipelineSchema(tasks.map(stepOf), tasks.map(nameOf));
}

function nameOf({ name, version }: TaskDefinition): string {
  return `${name}@${version.Major}`;
}

function stepOf(definition: TaskDefinition): Schema {
  const { friendlyName, description, inputs, deprecated, deprecationMessage } = definition;
  const required = inputs.filter((input) => input.required && input.defaultValue === '');
  const step = mapping(
    {
      task: {
        description: `${friendlyName}\n\n${description}`,
        type: 'string',
        enum: [nameOf(definition)],
        ignoreCase: 'value',
        ...(deprecated ? { deprecationMessage: deprecationMessage ?? description, doNotSuggest: true } : {}),
      },
      inputs: {
        ...mapping(Object.fromEntries(inputs.map((input) => [firstName(input), valueOf(input)]))),
        description: `Inputs of ${friendlyName}`,
        ...(required.length > 0 ? { allOf: required.map((input) => requirement(input, definition)) } : {}),
      },
      ...inStep,
    },
    'task',
  );
  // A step without `inputs` has the defaults, so that it lacks what is required with them.
  const needsInputs = required.some((input) => conditionOf(input, definition)?.byDefault ?? true);
  return needsInputs ? { ...step, required: ['task', 'inputs'] } : step;
}

/** The name that the editor proposes: the first alias, as the server does it. */
function firstName({ name, aliases = [] }: TaskInput): string {
  return aliases[0] ?? name;
}

/** An input is the same whatever the case of its name, and under each alias. */
function valueOf(input: TaskInput): Schema {
  const { name, aliases = [], label, helpMarkDown, defaultValue } = input;
  const others = [name, ...aliases].filter((other) => other !== firstName(input));
  const meaning = `${label}\n\n${helpMarkDown}${defaultValue === '' ? '' : ` Default: \`${defaultValue}\`.`}`;
  return {
    ...described(meaning, typeOf(input)),
    ignoreCase: 'key',
    ...(others.length > 0 ? { aliases: others } : {}),
  };
}

/** A list to which people may add is no list of what is accepted. */
function typeOf({ type, options, properties = {} }: TaskInput): Schema {
  if (type === 'boolean') return boolean;
  return options !== undefined && properties.EditableOptions !== 'True' ? oneOf(Object.keys(options)) : text;
}

/** That the input is there, unless its visibleRule says that it is for another value of another input. */
function requirement(input: TaskInput, definition: TaskDefinition): Schema {
  const name = firstName(input);
  // Described here too: the editor proposes what it meets first.
  const present: Schema = { properties: { [name]: valueOf(input) }, required: [name] };
  const condition = conditionOf(input, definition);
  if (condition === undefined) return present;
  const { other, value, byDefault } = condition;
  const holds: Schema = {
    properties: { [other]: { enum: [value], ignoreCase: 'all' } },
    ...(byDefault ? {} : { required: [other] }),
  };
  return { anyOf: [present, { not: holds }] };
}

/**
 * When the input is required: always where there is no rule.
 * @throws Error for a rule that is not of the form `other = value`: the schema could not tell
 */
function conditionOf(
  { name, visibleRule = '' }: TaskInput,
  { inputs }: TaskDefinition,
): { other: string; value: string; byDefault: boolean } | undefined {
  if (visibleRule === '') return undefined;
  const [, other = '', value = ''] = /^(\w+) = (\w+)$/.exec(visibleRule) ?? [];
  const declared = inputs.find((input) => input.name === other);
  if (declared === undefined)
    throw new Error(
      `The required input '${name}' has the visibleRule '${visibleRule}', not 'other = value'.`,
    );
  return { other: firstName(declared), value, byDefault: declared.defaultValue === value };
}
