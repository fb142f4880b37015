import { namesIn, type TaskRule } from './task';

/** The inputs that are declared are those that inputs.ts reads, and each is explained with an example. */
export const inputs: TaskRule = (definition, { sources }) => {
  const declared = definition.inputs.map(({ name }) => name);
  const read = namesIn(sources['inputs.ts'] ?? '', /\binputs\s*\.\s*\w+(?:<[^>]*>)?\(\s*'(\w+)'/g);
  return [
    ...declared
      .filter((name, index) => declared.indexOf(name) !== index)
      .map((name) => `task.json declares the input '${name}' twice`),
    ...declared
      .filter((name) => !read.includes(name))
      .map((name) => `task.json declares the input '${name}', which inputs.ts does not read`),
    ...read
      .filter((name) => !declared.includes(name))
      .map((name) => `inputs.ts reads '${name}', which task.json does not declare`),
    ...definition.inputs
      .filter(({ helpMarkDown }) => !/Example: `[^`]+`/.test(helpMarkDown))
      .map(({ name }) => `the help of '${name}' has no example (Example: \`…\`)`),
    ...definition.inputs
      .filter(({ type }) => type === 'boolean')
      .filter(({ defaultValue }) => !['true', 'false'].includes(defaultValue))
      .map(({ name, defaultValue }) => `the default '${defaultValue}' of '${name}' is not true or false`),
  ];
};
