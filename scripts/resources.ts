import type { TaskDefinition } from './taskRules/task';

/**
 * All texts of a task under the keys by which task-lib and the server look for a translation:
 * `Strings/resources.resjson/<culture>/resources.resjson`, as in https://github.com/microsoft/azure-pipelines-tasks.
 */
export function resourcesOf(definition: TaskDefinition): Record<string, string> {
  const { friendlyName, helpMarkDown, description, instanceNameFormat, groups = [] } = definition;
  const { inputs, messages = {} } = definition;
  return {
    'loc.friendlyName': friendlyName,
    'loc.helpMarkDown': helpMarkDown,
    'loc.description': description,
    'loc.instanceNameFormat': instanceNameFormat,
    ...Object.fromEntries(
      groups.map(({ name, displayName }) => [`loc.group.displayName.${name}`, displayName]),
    ),
    ...Object.fromEntries(
      inputs.flatMap((input) => [
        [`loc.input.label.${input.name}`, input.label],
        [`loc.input.help.${input.name}`, input.helpMarkDown],
      ]),
    ),
    ...Object.fromEntries(Object.entries(messages).map(([key, text]) => [`loc.messages.${key}`, text])),
  };
}
