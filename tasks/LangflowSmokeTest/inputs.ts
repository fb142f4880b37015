import { parseDocument } from 'yaml';
import { inputs } from '../common/agent/inputs';
import { InputError } from '../common/errors';

export interface SmokeTestInputs {
  /** Absolute path of release.json. */
  releaseManifest: string;
  /** Id of the Kubernetes service connection. */
  kubernetesConnection: string;
  namespace: string;
  /** Absolute path of the file with the checks. */
  checks: string;
  /** By name. */
  variables: Record<string, string>;
  timeoutMs: number;
  /** Absolute path of the folder for the reports. */
  reportDirectory: string;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws InputError for the first input that cannot be used */
export function readInputs(): SmokeTestInputs {
  const namespace = inputs.required('namespace', 'the name of a namespace');
  if (!DNS_LABEL.test(namespace)) {
    throw new InputError('namespace', namespace, 'lower case letters, digits and dashes, at most 63');
  }
  return {
    releaseManifest: inputs.path('releaseManifest', 'the path of a release manifest, release.json'),
    kubernetesConnection: inputs.required(
      'kubernetesServiceConnection',
      'the name of a Kubernetes service connection',
    ),
    namespace,
    checks: inputs.path('checks', 'the path of a YAML file with checks'),
    variables: parseVariables(inputs.optional('variables') ?? ''),
    timeoutMs: inputs.duration('timeout'),
    reportDirectory: inputs.path('reportDirectory', 'the path of a folder'),
  };
}

/**
 * `NAME: value`, a line each. Every value is the text that stands there: a password of digits is no number.
 * @throws InputError that names the line or the variable, but never quotes a value
 */
export function parseVariables(text: string): Record<string, string> {
  const accepted = 'YAML such as PASSWORD: $(superuserPassword), a line each';
  const mistake = (found: string, remedy: string): InputError =>
    new InputError('variables', found, accepted, remedy);
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
