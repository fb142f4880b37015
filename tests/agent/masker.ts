/** Known secrets, and what the agent prints in their place (Agent.Sdk/SecretMasking, Agent.Worker/Worker.cs). */
export class Masker {
  readonly #secrets = new Set<string>();

  /** A value as `task.setsecret` registers it: itself and its escaped forms, but neither its lines nor its base64. */
  add(value: string): void {
    if (value === '') return;
    const json = JSON.stringify(value).slice(1, -1);
    for (const form of [value, json, encodeURIComponent(value), value.replaceAll('\\', '\\\\')]) {
      this.#secrets.add(form);
    }
  }

  /** A secret variable of the job: the agent knows more of its forms than of a value that a step registers. */
  addVariable(value: string): void {
    const unquoted = /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
    for (const form of [value, value.trim(), unquoted]) this.add(form);
    if (value !== '') this.add(Buffer.from(value).toString('base64'));
  }

  mask(text: string): string {
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    const masked = longestFirst.reduce((result, secret) => result.replaceAll(secret, '***'), text);
    return masked.replace(/(\w+:\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1***@');
  }
}
