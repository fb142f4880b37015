import { parseDocument } from 'yaml';
import { InputError } from '../common/errors';

/**
 * `NAME: value`, a line each. Every value is the text that stands there: a password of digits is no number.
 * @throws InputError that names the line or the variable, but never quotes a value
 */
export function parseVariables(input: 'variables' | 'secrets', text: string): Record<string, string> {
  const accepted =
    input === 'variables'
      ? 'YAML such as PASSWORD: $(superuserPassword), a line each'
      : 'YAML such as SUPERUSER_PASSWORD: langflow-superuser-password, a line each';
  const mistake = (found: string, remedy: string): InputError =>
    new InputError(input, found, accepted, remedy);
  // The parser's message would quote the line, and with it the value.
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw mistake(
      `line ${line} (${error.code})`,
      "Put the value in single quotes: PASSWORD: '$(superuserPassword)'.",
    );
  }
  const value: unknown = document.toJS();
  if (value === null || value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw mistake('no names', 'Write NAME: value.');
  return Object.fromEntries(
    Object.entries(value).map(([name, content]: [string, unknown]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        throw mistake(name, 'A name has letters, digits and _, and does not begin with a digit.');
      }
      if (typeof content !== 'string') throw mistake(`${name} with a list or object`, 'A value is one text.');
      const unresolved = /^\$\(([^()]+)\)$/.exec(content)?.[1];
      if (unresolved !== undefined) {
        throw mistake(`${name}: $(${unresolved})`, `Define the pipeline variable '${unresolved}'.`);
      }
      return [name, content];
    }),
  );
}
