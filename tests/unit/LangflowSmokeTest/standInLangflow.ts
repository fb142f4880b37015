import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What can be wrong with a Langflow; each is what one built-in check is there for. */
export type Defect =
  | 'starting'
  | 'no database'
  | 'other version'
  | 'no page'
  | 'asset missing'
  | 'no proxy'
  | 'wrong password'
  | 'no API keys'
  | 'key stays'
  | 'no flows'
  | 'flow stays'
  | 'wrong answer'
  | 'no stream'
  | 'auto-login'
  | 'default password'
  | 'open validation'
  | 'open CORS'
  | 'no metrics'
  | 'errors'
  | 'no security headers';

export const SUPERUSER = { username: 'admin', password: 'p4ss-word' };
export const TOKEN = 't0ken-of-the-stand-in';
export const KEY = 'sk-of-the-stand-in';

/** How each part of Langflow 1.13 answers, as far as the built-in checks ask; what is wrong with it a test decides. */
export class StandInLangflow {
  readonly defects = new Set<Defect>();
  /** Names of what was made and not removed. */
  readonly objects = new Map<string, string>();
  readonly requests: string[] = [];
  private health = 0;
  private readonly servers: Server[] = [];
  backend = '';
  frontend = '';
  publicAddress = '';

  /** @param tls certificate and key of the public address; undefined: there is none */
  static async start(tls?: ServerOptions): Promise<StandInLangflow> {
    const langflow = new StandInLangflow();
    langflow.backend = await langflow.listen(createServer(langflow.answerAs('backend')));
    langflow.frontend = await langflow.listen(createServer(langflow.answerAs('frontend')));
    if (tls) {
      const address = await langflow.listen(createTlsServer(tls, langflow.answerAs('public')));
      langflow.publicAddress = address.replace('http://127.0.0.1', 'https://localhost');
    }
    return langflow;
  }

  stop(): void {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  private async listen(server: Server): Promise<string> {
    this.servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private answerAs(part: 'backend' | 'frontend' | 'public'): RequestListener {
    return (request, response) => {
      void bodyOf(request).then((body) => {
        const { method = '', url = '/', headers } = request;
        this.requests.push(`${method} ${url}`);
        const { status, content, type } = this.answer(part, method, url, headers, body);
        response.setHeader('Content-Type', type ?? 'application/json');
        if (this.defects.has('open CORS') && headers.origin !== undefined)
          response.setHeader('Access-Control-Allow-Origin', '*');
        if (part === 'public' && !this.defects.has('no security headers')) {
          response.setHeader('Strict-Transport-Security', 'max-age=31536000');
          response.setHeader('X-Content-Type-Options', 'nosniff');
          response.setHeader('X-Frame-Options', 'DENY');
        }
        response.writeHead(status).end(content);
      });
    };
  }

  private answer(
    part: string,
    method: string,
    url: string,
    headers: IncomingMessage['headers'],
    body: string,
  ): { status: number; content: string; type?: string } {
    const json = (status: number, value: unknown) => ({ status, content: JSON.stringify(value) });
    const has = (defect: Defect): boolean => this.defects.has(defect);
    const authorized = headers.authorization === `Bearer ${TOKEN}` || headers['x-api-key'] === KEY;
    if (part !== 'backend' && method !== 'POST' && !/^\/(api|health)/.test(url)) return this.file(url);
    if (part === 'frontend' && has('no proxy') && url === '/health_check') return json(502, 'Bad Gateway');
    switch (`${method} ${url}`) {
      case 'GET /health':
        return json(200, { status: has('starting') && part === 'backend' ? 'starting' : 'ok' });
      case 'GET /health_check':
        // Every tenth only: what a single look does not find.
        if (has('errors') && ++this.health % 10 === 0) return json(500, { detail: 'now and then' });
        return has('no database') && part === 'backend'
          ? json(500, { detail: { status: 'nok', chat: 'ok', db: 'error check the server logs' } })
          : json(200, { status: 'ok', chat: 'ok', db: 'ok' });
      case 'GET /api/v1/version':
        return json(200, { version: has('other version') ? '1.12.9' : '1.13.0', package: 'Langflow' });
      case 'GET /api/v1/auto_login':
        return has('auto-login')
          ? json(200, { access_token: TOKEN })
          : json(403, { detail: { message: 'Auto login is disabled.', auto_login: false } });
      case 'POST /api/v1/login': {
        const form = new URLSearchParams(body);
        const [name, password] = [form.get('username'), form.get('password')];
        const isOurs =
          name === SUPERUSER.username && password === SUPERUSER.password && !has('wrong password');
        const isDefault = name === 'langflow' && password === 'langflow' && has('default password');
        return isOurs || isDefault
          ? json(200, { access_token: TOKEN, token_type: 'bearer' })
          : json(401, { detail: 'Incorrect username or password' });
      }
      case 'POST /api/v1/validate/code':
        return authorized || has('open validation')
          ? json(200, { imports: {} })
          : json(403, { detail: 'No token' });
      case 'POST /api/v1/api_key/':
        return authorized && !has('no API keys')
          ? this.make(200, 'key', body, { api_key: KEY })
          : json(403, {});
      case 'POST /api/v1/flows/':
        return authorized && !has('no flows')
          ? this.make(201, 'flow', body, {})
          : json(500, { detail: 'no flows' });
      case 'POST /api/v1/run/flow?stream=false':
        return authorized
          ? json(200, { outputs: [{ text: has('wrong answer') ? '4 words' : '3 words' }] })
          : json(403, {});
      case 'POST /api/v1/run/flow?stream=true':
        return {
          status: 200,
          type: 'text/event-stream',
          content: `{"event":"token","data":"3"}\n\n${has('no stream') ? '' : '{"event":"end","data":{"text":"3 words"}}\n\n'}`,
        };
      case 'DELETE /api/v1/flows/flow':
      case 'DELETE /api/v1/api_key/key': {
        const kind = url.split('/').pop() ?? '';
        if (has(kind === 'flow' ? 'flow stays' : 'key stays')) return json(500, { detail: 'it stays' });
        return json(this.objects.delete(kind) ? 200 : 404, {});
      }
      case 'GET /metrics':
        return has('no metrics')
          ? json(200, {})
          : {
              status: 200,
              type: 'text/plain',
              content: 'python_info{version="3.11"} 1.0\nflows_total 7.0\n',
            };
      default:
        return json(404, { detail: 'Not Found' });
    }
  }

  private make(status: number, kind: string, body: string, more: object) {
    this.objects.set(kind, (JSON.parse(body) as { name: string }).name);
    return { status, content: JSON.stringify({ id: kind, ...more }) };
  }

  private file(url: string): { status: number; content: string; type: string } {
    const files: Record<string, [string, string]> = {
      '/assets/index-AbCdEf12.js': ['text/javascript', 'import("./later-AbCdEf34.js")'],
      '/assets/later-AbCdEf34.js': ['text/javascript', ''],
      '/assets/index-AbCdEf56.css': ['text/css', ''],
    };
    if (this.defects.has('asset missing')) delete files['/assets/later-AbCdEf34.js'];
    const [type, content] = files[url] ?? [];
    if (type !== undefined && content !== undefined) return { status: 200, type, content };
    if (url.startsWith('/assets/')) return { status: 404, type: 'text/html', content: 'not found' };
    const title = this.defects.has('no page') ? 'Welcome to nginx!' : 'Langflow';
    const assets =
      '<script type="module" src="./assets/index-AbCdEf12.js"></script><link rel="stylesheet" href="./assets/index-AbCdEf56.css">';
    return { status: 200, type: 'text/html', content: `<title>${title}</title>${assets}` };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
