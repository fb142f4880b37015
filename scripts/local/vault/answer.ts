import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';

/** What an emulator answers; the body is sent as JSON. */
export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A request with its body. */
export interface Asked {
  method: string;
  url: URL;
  /** Of a form; of a JSON body see `body`. */
  form: URLSearchParams;
  body: string;
  authorization: string | undefined;
  headers: IncomingMessage['headers'];
}

/** An error in the form that Azure's services share. */
export function failure(status: number, code: string, message: string, inner?: string): Answer {
  return { status, body: { error: { code, message, ...(inner && { innererror: { code: inner } }) } } };
}

/**
 * A TLS server on loopback that answers with JSON.
 * @param tls folder with server.pem and server.key
 * @param onAnswer called with one line for each request: method, host, path and status
 */
export async function jsonServer(
  tls: string,
  answer: (asked: Asked) => Answer | Promise<Answer>,
  onAnswer: (line: string) => void,
): Promise<Server> {
  const [cert, key] = await Promise.all(
    ['server.pem', 'server.key'].map((file) => readFile(path.join(tls, file))),
  );
  return createServer({ cert, key }, (request, response) => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host ?? 'localhost'}`);
    const { method = '', headers } = request;
    void text(request)
      .then((body) =>
        answer({
          method,
          url,
          body,
          form: new URLSearchParams(body),
          authorization: headers.authorization,
          headers,
        }),
      )
      .catch((error: unknown) => failure(500, 'InternalServerError', String(error)))
      .then(({ status, body, headers: more }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...more });
        response.end(JSON.stringify(body));
        onAnswer(`${method} ${url.host}${url.pathname} ${status}`);
      });
  });
}
