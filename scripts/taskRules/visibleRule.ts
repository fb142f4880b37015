/**
 * Whether an input with this rule is shown while the others have these values: `a = x && b != "" || …`, as the editor
 * reads it (https://learn.microsoft.com/azure/devops/extend/develop/integrate-build-task).
 * @param valueOf the value of an input, empty when nothing is given
 */
export function isShown(visibleRule: string | undefined, valueOf: (input: string) => string): boolean {
  if (visibleRule === undefined) return true;
  return visibleRule.split('||').some((all) =>
    all.split('&&').every((one) => {
      const [, name = '', operator, value = ''] = /^\s*(\w+)\s*(!?=)\s*(.*?)\s*$/.exec(one) ?? [];
      const equal = valueOf(name) === value.replace(/^"(.*)"$/, '$1');
      return operator === '=' ? equal : !equal;
    }),
  );
}
