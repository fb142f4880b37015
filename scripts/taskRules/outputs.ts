import { minimatch } from 'minimatch';
import { namesIn, type TaskRule } from './task';

/** The output variables that are declared are those that the code sets, and the agent lets it set them. */
export const outputs: TaskRule = ({ outputVariables, restrictions }, { sources }) => {
  const code = Object.values(sources).join('\n');
  const declared = outputVariables.map(({ name }) => name);
  const { allowed } = restrictions.settableVariables;
  const set = namesIn(code, /\bsetOutput\(\s*'(\w+)'/g);
  // A name with a part that only the run knows, such as `digest_${component}`, cannot be declared, only allowed.
  const families = namesIn(code, /\bsetOutput\(\s*`(\w+)\$\{/g).map((prefix) => `${prefix}*`);
  return [
    ...declared
      .filter((name) => !set.includes(name))
      .map((name) => `output variable '${name}' is declared, and no code sets it`),
    ...set
      .filter((name) => !declared.includes(name))
      .map((name) => `the code sets the output variable '${name}', which is not declared`),
    ...[...new Set([...declared, ...set, ...families])]
      .filter((name) => !allowed.some((pattern) => minimatch(name, pattern, { nocase: true })))
      .map((name) => `output variable '${name}' is not in restrictions.settableVariables.allowed`),
    ...allowed
      .filter((pattern) => ![...set, ...families].some((name) => minimatch(name, pattern, { nocase: true })))
      .map((pattern) => `restrictions.settableVariables allows '${pattern}', which no code sets`),
  ];
};
