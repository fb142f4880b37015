import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostedRun } from './source';

/** What the page of the host is told. */
export interface HostSettings {
  title: string;
  tab: string;
  collection: string;
  token: string;
  theme: 'light' | 'dark';
  isSandboxed: boolean;
  build: { id: number; status: number; project: { id: string } };
}

export interface HostOptions {
  run: HostedRun;
  /** Files of `npm run build`: the tab, and the page of the host. */
  files: { tab: string; host: string };
  /** 0 takes a free one. */
  port: number;
  /** Answers before the server does, for tests of throttling and the like. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface Host {
  server: Server;
  /** Of the page; `?theme=dark` and `?sandbox` change it. */
  address: string;
  close: () => Promise<void>;
}

const PROJECT = 'b1e3b0de-0000-4000-8000-000000000001';
const BUILD = 1;
const API = `/collection/${PROJECT}/_apis/build/builds/${BUILD}`;

/**
 * Serves on loopback the page of a run with its tab, and of the Build API what the tab asks for
 * (learn.microsoft.com/rest/api/azure/devops/build). The tab comes from another origin, as from the Marketplace's servers.
 */
export async function serveHost({ run, files, port, intercept }: HostOptions): Promise<Host> {
  const token = randomUUID();
  const server = createServer((request, response) => {
    if (intercept?.(request, response)) return;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    if (pathname === '/tab/index.html') send(response, 200, readFileSync(files.tab, 'utf8'), 'text/html');
    else if (pathname === '/') send(response, 200, page(searchParams), 'text/html');
    else if (pathname.startsWith('/collection/')) answerApi(request, response, pathname);
    else send(response, 404, 'not found', 'text/plain');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${own}/`;
  return {
    server,
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };

  function page(search: URLSearchParams): string {
    const settings: HostSettings = {
      title: run.title,
      tab: `http://localhost:${own}/tab/index.html`,
      collection: `${address}collection/`,
      token,
      theme: search.get('theme') === 'dark' ? 'dark' : 'light',
      isSandboxed: search.has('sandbox'),
      build: { id: BUILD, status: run.status() === 'completed' ? 2 : 1, project: { id: PROJECT } },
    };
    const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
    return readFileSync(files.host, 'utf8').replace('__SETTINGS__', () => json);
  }

  function answerApi(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-headers', 'authorization,x-tfs-fedauthredirect');
    if (request.method === 'OPTIONS') send(response, 200, '', 'text/plain');
    else if (request.headers.authorization !== `Bearer ${token}`)
      send(response, 401, 'a token is needed', 'text/plain');
    else {
      const content = contentOf(pathname);
      if (typeof content === 'string') send(response, 200, content, 'application/octet-stream');
      else if (content === undefined) send(response, 404, '{"message":"not found"}', 'application/json');
      else send(response, 200, JSON.stringify(content), 'application/json');
    }
  }

  /** A string is the content of an attachment, an object the answer as JSON. */
  function contentOf(pathname: string): unknown {
    if (pathname === API) return { id: BUILD, status: run.status() };
    if (pathname === `${API}/timeline`) return run.timeline();
    const [, list] = /\/attachments\/([^/]+)$/.exec(pathname) ?? [];
    const timeline = run.timeline()?.id ?? '';
    if (list !== undefined) {
      const value = run.attachments(list).map(({ recordId, name }) => ({
        name,
        _links: {
          self: { href: `${address.slice(0, -1)}${API}/${timeline}/${recordId}/attachments/${list}/${name}` },
        },
      }));
      return { count: value.length, value };
    }
    const [, record, type, name] = /\/([^/]+)\/attachments\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
    return run
      .attachments(type ?? '')
      .find((one) => one.recordId === record && one.name === decodeURIComponent(name ?? ''))
      ?.content();
  }
}

function send(response: ServerResponse, status: number, body: string, type: string): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(body);
}
