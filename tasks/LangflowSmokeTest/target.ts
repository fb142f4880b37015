/** Where a request goes. */
export type Target =
  | {
      /** Of Kubernetes; a port-forward leads to a ready pod of it. */
      kind: 'service' | 'deployment' | 'statefulset' | 'pod';
      name: string;
      /** Number, or name, of a port: of the Service, else of the pod. */
      port: number | string;
    }
  | { kind: 'url'; url: URL };

const DNS_LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const IN_CLUSTER = new RegExp(`^(service|deployment|statefulset|pod)/(${DNS_LABEL}):(${DNS_LABEL})$`);

/** `service/frontend:80`, `deployment/backend:9090` or an http(s) address; else a sentence that says what is accepted. */
export function parseTarget(text: string): Target | string {
  const [, kind, name, port] = IN_CLUSTER.exec(text) ?? [];
  if (name !== undefined && port !== undefined) {
    return {
      kind: kind as Exclude<Target['kind'], 'url'>,
      name,
      port: /^\d+$/.test(port) ? Number(port) : port,
    };
  }
  if (/^(https?|wss?):\/\//.test(text) && URL.canParse(text)) {
    const url = new URL(text.replace(/^ws/, 'http'));
    if (url.username === '' && url.password === '') return { kind: 'url', url };
    return 'the target has a user name or password, which logs would show; send them in a header.';
  }
  return (
    `the target is ${JSON.stringify(text)}; accepted is service/<name>:<port number or name> (or deployment/, statefulset/, ` +
    'pod/), or an http or https address.'
  );
}

/** For people: `service/frontend:80`, or the address without its query. */
export function targetText(target: Target): string {
  return target.kind === 'url'
    ? `${target.url.origin}${target.url.pathname}`.replace(/\/$/, '')
    : `${target.kind}/${target.name}:${target.port}`;
}
