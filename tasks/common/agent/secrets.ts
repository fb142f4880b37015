import * as tl from 'azure-pipelines-task-lib/task';

/** The agent masks any secret wherever it occurs; a masked "1" or "no" would make every log unreadable. */
const SHORTEST_LINE = 4;

/**
 * Asks the agent to mask a secret in every form in which it may come back. `task.setsecret` registers exactly the value
 * that it is given (azure-pipelines-agent, TaskCommandExtension.cs): the base64 of a Kubernetes Secret, a JSON or URL
 * escaped copy and the single lines of a PEM would pass.
 */
export function maskSecret(value: string): void {
  for (const form of secretForms(value)) mask(form);
}

/** As `maskSecret`, for bytes that need not be text. */
export function maskBytes(bytes: Buffer): void {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) maskSecret(text);
  else mask(bytes.toString('base64'));
}

/** The text without any secret. For what the agent does not mask: the files that a step publishes. */
export function withoutSecrets(text: string): string {
  const longestFirst = [...masked].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((result, secret) => result.replaceAll(secret, '***'), text);
}

/**
 * Every form of every secret that this step knows, its own and the job's secret variables, the longest first. Without
 * those that are so short that they stand in any text.
 */
export function knownSecrets(): string[] {
  const forms = [...masked, ...secretVariables().flatMap(secretForms)];
  return [...new Set(forms)]
    .filter((form) => form.length >= SHORTEST_LINE)
    .sort((a, b) => b.length - a.length);
}

/** The values of the job's secret variables. The agent masks them in the log only. */
export function secretVariables(): string[] {
  return tl
    .getVariables()
    .filter(({ secret, value }) => secret && value !== '')
    .map(({ value }) => value);
}

/** Everything that this process has had masked. */
const masked = new Set<string>();

function mask(form: string): void {
  if (masked.has(form)) return;
  masked.add(form);
  tl.setSecret(form);
}

/**
 * Every form of a secret that `maskSecret` registers, each once. None has a line break, which task-lib refuses and the
 * agent, which masks line by line, would never meet: a multi-line secret is there by its lines and its escaped forms.
 */
export function secretForms(value: string): string[] {
  if (value === '') return [];
  const lines = value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_LINE);
  const whole = [value, value.trim()].filter((form) => form !== '');
  const forms = [...whole, ...(lines.length > 1 ? lines : [])].flatMap((form) => [
    form,
    Buffer.from(form).toString('base64'),
    JSON.stringify(form).slice(1, -1),
    encodeURIComponent(form),
  ]);
  return [...new Set(forms)].filter((form) => !/[\r\n]/.test(form));
}
