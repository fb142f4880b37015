import { maskSecret, secretForms } from '../common/agent/secrets';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Names of values that nobody may read, wherever they come from. */
const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|CREDENTIAL/i;

/** `${NAME}`, or `$${NAME}` for that text itself. */
const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

const MASK = '***';

/** What is confidential by its form: a server that should have refused may have given us what nobody knew before. */
const CONFIDENTIAL: readonly [RegExp, string][] = [
  // Members of JSON, also within a text of JSON.
  [
    /(\\?"[\w-]*(?:token|passw(?:or)?d|secret|api_?key|authorization|cookie)[\w-]*\\?"\s*:\s*\\?")[^"\\]+/gi,
    `$1${MASK}`,
  ],
  [/\b(\w*(?:token|passw(?:or)?d|secret|api_?key)\w*=)[^\s&"']+/gi, `$1${MASK}`],
  [/\b(Bearer|Basic) [\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  // JSON Web Tokens (RFC 7519), whole or cut.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g, MASK],
  [/(:\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${MASK}@`],
];

/** The names that the texts of a value refer to, each once. */
export function referencesIn(template: unknown): string[] {
  if (typeof template === 'string') {
    return [
      ...new Set(
        [...template.matchAll(REFERENCE)].flatMap(([, escape, name]) => (escape ? [] : [name ?? ''])),
      ),
    ];
  }
  if (typeof template !== 'object' || template === null) return [];
  return [...new Set(Object.values(template).flatMap(referencesIn))];
}

/** What `${NAME}` stands for, and which of it nobody may read. */
export class Values {
  private readonly values = new Map<string, Json>();

  /**
   * @param variables of the step
   * @param secrets of the job: the agent masks them in the log, but in no file
   */
  constructor(
    variables: Readonly<Record<string, string>>,
    secrets: readonly string[] = [],
    private readonly secretForms = new Set<string>(),
  ) {
    for (const [name, value] of Object.entries(variables))
      this.set(name, value, { secret: SECRET_NAME.test(name) });
    for (const secret of secrets) this.addSecret(secret);
  }

  /** Values of their own, to which the captures of one file go; what is secret is so for all. */
  fork(variables: Readonly<Record<string, string>>): Values {
    return new Values(variables, [], this.secretForms);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** Keeps a captured value; a secret one is masked from here on. */
  set(name: string, value: string | number | boolean, { secret }: { secret: boolean }): void {
    this.values.set(name, value);
    if (!secret) return;
    maskSecret(`${value}`);
    this.addSecret(`${value}`);
  }

  /** The text with every reference replaced; `encode` changes what is put in. */
  text(template: string, encode: (value: string) => string = (value) => value): string {
    return template.replace(REFERENCE, (whole, escape: string, name: string) =>
      escape ? whole.slice(1) : encode(asText(this.get(name))),
    );
  }

  /** As `text`, but what has no value yet stays as it is: for people. */
  known(template: string): string {
    return template.replace(REFERENCE, (whole, escape: string, name: string) =>
      !escape && this.has(name) ? asText(this.get(name)) : whole,
    );
  }

  /** As `text`, for every text of a map. */
  texts(templates: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, this.text(text)]));
  }

  /** The value with every reference replaced; a text that is one reference and no more becomes the value, of its type. */
  json(template: Json): Json {
    if (typeof template === 'string') {
      const [only] = template.matchAll(REFERENCE);
      return only?.[0] === template && !only[1] ? this.get(only[2] ?? '') : this.text(template);
    }
    if (Array.isArray(template)) return template.map((item) => this.json(item));
    if (template === null || typeof template !== 'object') return template;
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, this.json(value)]));
  }

  /** The text without any secret that is known, in whatever form it would be there, and without what looks like one. */
  redact(text: string): string {
    // A longer form may contain a shorter one.
    const forms = [...this.secretForms].sort((one, other) => other.length - one.length);
    const known = forms.reduce((redacted, form) => redacted.replaceAll(form, MASK), text);
    return CONFIDENTIAL.reduce((redacted, [form, mask]) => redacted.replace(form, mask), known);
  }

  private get(name: string): Json {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`There is no value '${name}'.`);
    return value;
  }

  private addSecret(value: string): void {
    for (const form of secretForms(value)) this.secretForms.add(form);
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
