import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { capture } from '../../../tasks/LangflowSmokeTest/capture';
import { parseChecks } from '../../../tasks/LangflowSmokeTest/checksFile';
import { send } from '../../../tasks/LangflowSmokeTest/http';
import { requestTo } from '../../../tasks/LangflowSmokeTest/request';
import { Values, type Json } from '../../../tasks/LangflowSmokeTest/values';
import { printedBy } from '../support/agent';

describe('requestTo', () => {
  const values = new Values({ ID: 'a/b', PASSWORD: 'p&q "r"', N: '7' });
  const request = (http: string) => {
    const names = { ID: '', PASSWORD: '', N: '' };
    const [check] = parseChecks(`checks: [{ name: a, http: ${http} }]`, 'smoke.yml', names).first;
    assert.ok(check?.kind === 'http' && check.target.kind === 'url');
    return requestTo(check.request, values)(check.target.url);
  };

  it('escapes what is put into a path, a form or JSON, each in its own way', () => {
    const { url } = request("{ target: 'https://web/base/', path: '/flows/${ID}?x=1' }");
    assert.equal(url.href, 'https://web/base/flows/a%2Fb?x=1');
    const form = request("{ target: 'https://web', form: { password: '${PASSWORD}' } }");
    assert.equal(form.body, 'password=p%26q+%22r%22');
    assert.equal(form.headers['content-type'], 'application/x-www-form-urlencoded');
    const json = request("{ target: 'https://web', body: { password: '${PASSWORD}' } }");
    assert.deepEqual(JSON.parse(json.body ?? ''), { password: 'p&q "r"' });
    assert.equal(json.headers['content-type'], 'application/json');
  });

  it('lets a header of the check win, however it is written', () => {
    const { headers } = request("{ target: 'https://web', body: {}, headers: { Content-Type: text/plain } }");
    assert.deepEqual(headers, { 'content-type': 'text/plain' });
  });

  it('keeps an address without a path as it is', () => {
    assert.equal(request("{ target: 'https://web/health?full=1' }").url.href, 'https://web/health?full=1');
  });
});

describe('capture', () => {
  const answer = (json: Json) => ({ json, headers: { location: '/flows/7' } });
  const wanted = (name: string, secret: boolean) => ({ name, from: { json: name }, secret });

  it('keeps texts, numbers and truth values, and takes secrets out of what is shown', async () => {
    const values = new Values({});
    await printedBy(() => {
      const found = capture(
        [wanted('A', true), wanted('B', false)],
        answer({ A: 't0ken', B: false }),
        values,
      );
      assert.deepEqual(found, { failures: [], mayShow: true });
    });
    assert.equal(values.text('${A} ${B}'), 't0ken false');
    assert.equal(values.redact('t0ken'), '***');
  });

  it('says what is not there, and forbids to show an answer that may hold an unknown secret', () => {
    const values = new Values({});
    const found = capture([wanted('A', true), wanted('B', false)], answer({ A: { t: 1 } }), values);
    assert.deepEqual(found, {
      failures: [
        'A was not captured: expected a text or number at A, found an object or a list.',
        'B was not captured: expected a text or number at B, found nothing.',
      ],
      mayShow: false,
    });
    assert.equal(values.has('A'), false);
    assert.deepEqual(
      capture([{ name: 'L', from: { header: 'location' }, secret: false }], answer(null), values),
      {
        failures: [],
        mayShow: true,
      },
    );
    assert.equal(values.text('${L}'), '/flows/7');
    assert.equal(capture([wanted('B', false)], answer([]), values).mayShow, true);
  });
});

describe('send', () => {
  const never = new AbortController().signal;
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener): Promise<URL> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }
  const get = (url: URL, signal = never) =>
    send({ url, method: 'GET', headers: {}, body: undefined }, signal);

  it('does not follow a redirect', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/' }).end('moved'));
    const { status, headers, body, truncated } = await get(url);
    assert.deepEqual([status, headers.location, body, truncated], [302, '/', 'moved', false]);
  });

  it('reads no more of a body than 32 MiB', async () => {
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const more = (): void => {
        while (response.write(chunk));
        response.once('drain', more);
      };
      more();
    });
    const { body, truncated } = await get(url);
    assert.deepEqual([body.length, truncated], [32 * 1024 * 1024, true]);
  });

  it('does not take half an answer for a whole one', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.socket?.destroy());
    });
    await assert.rejects(get(url), /No answer: the connection was closed before the answer was whole\./);
  });

  it('gives up when its time is over, also in the middle of an answer', async () => {
    const limit = new AbortController();
    const url = await serve((_request, response) => {
      response.write('begun', () => {
        limit.abort(new Error('over'));
      });
    });
    await assert.rejects(get(url, limit.signal), /^Error: over$/);
  });

  it('says that nothing listens', async () => {
    const url = await serve(() => undefined);
    server?.close();
    await assert.rejects(get(url), /No answer: the connection was refused/);
  });
});
