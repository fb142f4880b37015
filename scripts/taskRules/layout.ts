import { namesIn, type TaskDefinition, type TaskInput, type TaskRule } from './task';

/** Microsoft's advice for YAML-friendly tasks is four or five; the rest stands in groups that are closed at first. */
const MOST_VISIBLE = 5;

/** What people see when they add the task in the editor. */
export const layout: TaskRule = (definition) => {
  const { inputs, groups = [] } = definition;
  const declared = inputs.map(({ name }) => name);
  const visible = inputs.filter((input) => isVisible(input, definition)).map(({ name }) => name);
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

/** With the defaults; `a = x && b != y || …` as the editor reads it. */
function isVisible(input: TaskInput, { inputs, groups = [] }: TaskDefinition): boolean {
  const closed = groups.some(({ name, isExpanded }) => name === input.groupName && isExpanded !== true);
  if (closed) return false;
  if (input.visibleRule === undefined) return true;
  return input.visibleRule.split('||').some((all) =>
    all.split('&&').every((one) => {
      const [, name, operator, value] = /^\s*(\w+)\s*(!?=)\s*(.*?)\s*$/.exec(one) ?? [];
      const equal = inputs.find((other) => other.name === name)?.defaultValue === value;
      return operator === '=' ? equal : !equal;
    }),
  );
}
