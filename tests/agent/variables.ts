import type { Masker } from './masker';

export interface Variable {
  /** As it was first written. */
  name: string;
  value: string;
  secret: boolean;
  readonly: boolean;
}

/** The variables of a job; the case of a name means nothing (Microsoft.VisualStudio.Services.Agent, Variables.cs). */
export class Variables {
  readonly #variables = new Map<string, Variable>();
  readonly #masker: Masker;

  constructor(masker: Masker, initial: Record<string, string> = {}) {
    this.#masker = masker;
    for (const [name, value] of Object.entries(initial)) this.set(name, value);
  }

  /** Once secret, always secret. */
  set(name: string, value: string, { secret = false, readonly = false } = {}): void {
    const former = this.#variables.get(name.toLowerCase());
    const variable = {
      name: former?.name ?? name,
      value,
      secret: secret || (former?.secret ?? false),
      readonly: readonly || (former?.readonly ?? false),
    };
    if (variable.secret) this.#masker.addVariable(value);
    this.#variables.set(name.toLowerCase(), variable);
  }

  get(name: string): Variable | undefined {
    return this.#variables.get(name.toLowerCase());
  }

  all(): Variable[] {
    return [...this.#variables.values()];
  }

  /** Replaces `$(name)` in one pass; what is not a variable stays as it is. */
  expand(text: string): string {
    return text.replace(/\$\(([^()]+)\)/g, (macro, name: string) => this.get(name)?.value ?? macro);
  }

  /** What a task of the job sees in its environment: secrets under their own prefix, names in lists of their own. */
  environment(): Record<string, string> {
    const names = (secret: boolean): string =>
      JSON.stringify(
        this.all()
          .filter((variable) => variable.secret === secret)
          .map(({ name }) => name),
      );
    return {
      ...Object.fromEntries(
        this.all().map(({ name, value, secret }) => [
          secret ? `SECRET_${environmentName(name)}` : environmentName(name),
          value,
        ]),
      ),
      VSTS_PUBLIC_VARIABLES: names(false),
      VSTS_SECRET_VARIABLES: names(true),
    };
  }
}

/** `Build.SourcesDirectory` → `BUILD_SOURCESDIRECTORY` (Util/VarUtil.cs). */
export function environmentName(name: string): string {
  return name.replace(/[. ]/g, '_').toUpperCase();
}
