import { namesIn, type TaskRule } from './task';

/** Each message that the code asks for by `localized('Key', …)` stands in task.json, and no other. */
export const messages: TaskRule = ({ messages = {} }, { sources }) => {
  const used = namesIn(Object.values(sources).join('\n'), /\blocalized\(\s*'(\w+)'/g);
  return [
    ...used
      .filter((key) => !(key in messages))
      .map((key) => `the code uses the message '${key}', which task.json does not have`),
    ...Object.keys(messages)
      .filter((key) => !used.includes(key))
      .map((key) => `task.json has the message '${key}', which no code uses`),
  ];
};
