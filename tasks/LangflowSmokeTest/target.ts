/** Where a request goes. */
export type Target =
  | {
      kind: 'service';
      name: string;
      /** Number, or name, of a port of the Service. */
      port: number | string;
    }
  | { kind: 'url'; url: URL };

const DNS_LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const SERVICE = new RegExp(`^service/(${DNS_LABEL}):(${DNS_LABEL})$`);

/** `service/frontend:80`, `service/frontend:http` or an http(s) address; else a sentence that says what is accepted. */
export function parseTarget(text: string): Target | string {
  const [, name, port] = SERVICE.exec(text) ?? [];
  if (name !== undefined && port !== undefined) {
    return { kind: 'service', name, port: /^\d+$/.test(port) ? Number(port) : port };
  }
  if (/^https?:\/\//.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    if (url.username === '' && url.password === '') return { kind: 'url', url };
    return 'the target has a user name or password, which logs would show; send them in a header.';
  }
  return `the target is ${JSON.stringify(text)}; accepted is service/<name>:<port number or name>, or an http or https address.`;
}

/** For people: `service/frontend:80`, or the address without its query. */
export function targetText(target: Target): string {
  return target.kind === 'service'
    ? `service/${target.name}:${target.port}`
    : `${target.url.origin}${target.url.pathname}`.replace(/\/$/, '');
}
