import * as http from 'node:http';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { messageOf, UserError } from '../common/errors';
import type { Answer } from './expectations';
import { trustedCertificates } from './trust';

export interface Request {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** Default: a connection of its own. */
  agent?: http.Agent;
}

/** An answer that did not come, or not whole. */
export class NoAnswer extends UserError {
  override name = 'NoAnswer';

  constructor(
    message: string,
    /** Node's: ECONNREFUSED. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** What is read of an answer's body, in bytes: more than Langflow's list of all components, or its largest script, has. */
export const LONGEST_BODY = 32 * 1024 * 1024;

/**
 * Sends one request. Redirects are answers like any other.
 * @throws NoAnswer when no whole answer comes; the signal's reason once it aborts
 */
export async function send(request: Request, signal: AbortSignal): Promise<Answer> {
  const body = await open(request, signal);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body.stream) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      // Leaving the loop destroys the stream, and with it the connection.
      if (length > LONGEST_BODY) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(error);
  }
  return {
    ...body.head,
    body: Buffer.concat(chunks).subarray(0, LONGEST_BODY).toString(),
    truncated: length > LONGEST_BODY,
    latencyMs: performance.now() - body.started,
  };
}

export interface OpenAnswer {
  head: Pick<Answer, 'status' | 'headers' | 'certificate'>;
  stream: http.IncomingMessage;
  /** Of `performance.now()`. */
  started: number;
}

/** As `send`, up to the head of the answer; the caller reads, or destroys, the stream. */
export async function open(request: Request, signal: AbortSignal): Promise<OpenAnswer> {
  signal.throwIfAborted();
  const started = performance.now();
  try {
    const stream = await exchange(request, signal);
    return { head: headOf(stream), stream, started };
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(error);
  }
}

/** Where tests for the answers of servers keep connections: one for many requests, TLS verified anew for each connection. */
export function keepAliveAgent(protocol: string): http.Agent {
  return protocol === 'https:'
    ? // A resumed session has no certificate to look at.
      new https.Agent({ keepAlive: true, ca: trustedCertificates(), maxCachedSessions: 0 })
    : new http.Agent({ keepAlive: true });
}

function exchange(wanted: Request, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { url, method, headers, body, agent } = wanted;
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent: agent ?? (false as const) };
    // An agent has the certificates; reading them for each request would take longer than the request.
    const trust = agent === undefined && url.protocol === 'https:' ? { ca: trustedCertificates() } : {};
    const request = (url.protocol === 'https:' ? https : http).request(url, { ...options, ...trust });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed a kept connection just when it was used again: nothing of the request was seen
      // (https://nodejs.org/docs/latest-v20.x/api/http.html#requestreusedsocket).
      if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) {
        resolve(exchange({ ...wanted, agent: undefined }, signal));
      } else reject(error);
    });
    request.on('response', resolve);
    request.end(body);
  });
}

function headOf(response: http.IncomingMessage): OpenAnswer['head'] {
  const socket = response.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    ...(certificate?.valid_to && {
      certificate: {
        validTo: new Date(certificate.valid_to),
        subject: [certificate.subject.CN].flat().join(),
      },
    }),
  };
}

function noAnswer(error: unknown): NoAnswer {
  return new NoAnswer(`No answer: ${reasonOf(error)}`, (error as { code?: string }).code);
}

/** Node's codes in words, where the message alone says too little. */
export function reasonOf(error: unknown): string {
  const { code } = error as { code?: string };
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection was refused: nothing listens there.';
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return 'the connection was closed before the answer was whole.';
    case 'ENOTFOUND':
      return 'the host name is unknown (DNS).';
    case 'EAI_AGAIN':
      return 'the name server does not answer (DNS, EAI_AGAIN).';
    case 'CERT_HAS_EXPIRED':
      return 'the certificate has expired.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is for another name. ${messageOf(error)}`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate is of an authority that this agent does not trust (${code}). Add the authority to the system's certificates or to the agent (--sslcacert).`;
    default:
      return messageOf(error) || (code ?? 'it failed');
  }
}
