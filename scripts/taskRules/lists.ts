import { namesIn, type TaskRule } from './task';

/** What fills the lists of the editor: fixed options, or a question to the server behind a service connection. */
export const lists: TaskRule = ({ inputs, dataSourceBindings = [] }) => {
  const declared = inputs.map(({ name }) => name);
  const bound = dataSourceBindings.flatMap(({ target, endpointId, endpointUrl }) => [
    target,
    ...namesIn(`${endpointId} ${endpointUrl}`, /\$\((\w+)\)/g),
  ]);
  const picks = inputs.filter(
    ({ name, type }) => type === 'pickList' && !dataSourceBindings.some(({ target }) => target === name),
  );
  return [
    ...picks
      .filter(({ options, defaultValue }) => !(defaultValue in (options ?? {})))
      .map(
        ({ name, defaultValue }) => `the default '${defaultValue}' of '${name}' is not one of its options`,
      ),
    ...[...new Set(bound)]
      .filter((name) => !declared.includes(name))
      .map((name) => `dataSourceBindings speak of the input '${name}', which is not declared`),
    ...dataSourceBindings
      .filter(({ target }) => inputs.some(({ name, type }) => name === target && type !== 'pickList'))
      .map(({ target }) => `dataSourceBindings fill '${target}', which is no pickList`),
  ];
};
