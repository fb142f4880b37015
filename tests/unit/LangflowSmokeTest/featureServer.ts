import type { RequestListener } from 'node:http';

const PAGES: Record<string, string> = {
  '/page':
    '<script type="module" src="./assets/index-AbCdEf12.js"></script><link rel="stylesheet" href="/assets/a.css">',
  '/lost': '<link rel="stylesheet" href="/spa/missing.css">',
  '/plain': '<p>no assets</p>',
};

/** Answers in each of the ways that a check can ask for. */
export class FeatureServer {
  /** How often what fails now and then was asked. */
  flaky = 0;

  constructor(private readonly address: () => string) {}

  readonly answer: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', this.address());
    const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, headers).end(body);
    };
    switch (url.pathname) {
      case '/json':
        send(200, '{"version":"1.13.0","items":[{"id":1},{"id":2}],"ok":true}', {
          'X-Kind': 'json',
          Location: '/x/9',
        });
        break;
      case '/slow':
        setTimeout(() => {
          send(200, 'slow');
        }, 120);
        break;
      case '/flaky':
        send(++this.flaky % 4 === 0 ? 200 : 503, `${this.flaky}`);
        break;
      case '/away':
        send(302, '', { Location: '/json' });
        break;
      case '/loop':
        send(302, '', { Location: '/loop' });
        break;
      case '/limited':
        send(++this.flaky % 2 === 0 ? 200 : 429, '', { 'Retry-After': '1' });
        break;
      case '/events':
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: {"n":1}\n\n');
        setTimeout(() => response.end('event: end\ndata: {"n":2}\n\n'), 80);
        break;
      case '/lines':
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.end('{"event":"token","data":"a"}\n\n{"event":"end","data":{"text":"3 words"}}\n\n');
        break;
      case '/endless':
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: tick\n\n');
        break;
      case '/api/v1/query':
        send(200, prometheusAnswer(url.searchParams.get('query') ?? ''));
        break;
      case '/assets/index-AbCdEf12.js':
        send(200, 'import("./later-AbCdEf34.js")', { 'Content-Type': 'text/javascript' });
        break;
      case '/assets/a.css':
        send(200, 'a{}', { 'Content-Type': 'text/css' });
        break;
      case '/spa/missing.css':
        send(200, '<html>', { 'Content-Type': 'text/html' });
        break;
      default:
        send(url.pathname in PAGES ? 200 : 404, PAGES[url.pathname] ?? '', { 'Content-Type': 'text/html' });
    }
  };
}

function prometheusAnswer(query: string): string {
  const vector = (...values: [Record<string, string>, string][]) =>
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'vector',
        result: values.map(([metric, value]) => ({ metric, value: [0, value] })),
      },
    });
  switch (query) {
    case 'up':
      return vector([{ pod: 'a' }, '1'], [{ pod: 'b' }, '0']);
    case 'none':
      return vector();
    case 'scalar':
      return '{"status":"success","data":{"resultType":"scalar","result":[0,"0.5"]}}';
    default:
      return '{"status":"error","error":"parse error"}';
  }
}
