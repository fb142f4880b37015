import { namesIn, type TaskDefinition, type TaskRule } from './task';
import { isShown } from './visibleRule';

/** Microsoft's advice for YAML-friendly tasks is four or five; the rest stands in groups that are closed at first. */
const MOST_VISIBLE = 5;

/** What people see when they add the task in the editor. */
export const layout: TaskRule = (definition) => {
  const { inputs, groups = [] } = definition;
  const declared = inputs.map(({ name }) => name);
  const visible = visibleInputs(definition);
  return [
    ...inputs
      .filter(({ groupName }) => groupName !== undefined && !groups.some(({ name }) => name === groupName))
      .map(({ name, groupName }) => `'${name}' stands in the group '${groupName}', which is not declared`),
    ...groups
      .filter(({ name }) => !inputs.some(({ groupName }) => groupName === name))
      .map(({ name }) => `the group '${name}' is empty`),
    ...inputs.flatMap(({ name, visibleRule = '' }) =>
      namesIn(visibleRule, /(\w+) *(?:!?=|\w*With|\w*Contains) /g)
        .filter((other) => !declared.includes(other))
        .map((other) => `the visibleRule of '${name}' speaks of '${other}', which is not declared`),
    ),
    ...(visible.length > MOST_VISIBLE
      ? [
          `${visible.length} inputs are visible at first, at most ${MOST_VISIBLE} should be: ${visible.join(', ')}`,
        ]
      : []),
  ];
};

/** @param values of inputs that are no longer as they were at first */
export function visibleInputs(
  { inputs, groups = [] }: Pick<TaskDefinition, 'inputs' | 'groups'>,
  values: Record<string, string> = {},
): string[] {
  const closed = groups.filter(({ isExpanded }) => isExpanded !== true).map(({ name }) => name);
  const valueOf = (name: string): string =>
    values[name] ?? inputs.find((input) => input.name === name)?.defaultValue ?? '';
  return inputs
    .filter(({ groupName = '' }) => !closed.includes(groupName))
    .filter(({ visibleRule }) => isShown(visibleRule, valueOf))
    .map(({ name }) => name);
}
