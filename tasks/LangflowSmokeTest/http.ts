import * as http from 'node:http';
import * as https from 'node:https';
import { messageOf, UserError } from '../common/errors';
import type { Answer } from './expectations';
import { trustedCertificates } from './trust';

export interface Request {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What is read of an answer's body, in bytes: more than Langflow's list of all components has. */
const LONGEST_BODY = 32 * 1024 * 1024;

/**
 * Sends one request over a connection of its own. Redirects are answers like any other.
 * @throws UserError when no whole answer comes; the signal's reason once it aborts
 */
export async function send(request: Request, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  try {
    return await answerTo(request, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(`No answer: ${reasonOf(error)}`);
  }
}

function answerTo({ url, method, headers, body }: Request, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent: false as const };
    const request =
      url.protocol === 'https:'
        ? https.request(url, { ...options, ca: trustedCertificates() })
        : http.request(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const finish = (truncated: boolean): void => {
        const text = Buffer.concat(chunks).subarray(0, LONGEST_BODY).toString();
        resolve({ status: response.statusCode ?? 0, body: text, truncated });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= LONGEST_BODY) return;
        finish(true);
        response.destroy();
      });
      response.on('error', reject);
      response.on('end', () => {
        finish(false);
      });
    });
    request.end(body);
  });
}

/** Node's codes in words, where the message alone says too little. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: string };
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection was refused: nothing listens there.';
    case 'ECONNRESET':
      return 'the connection was closed before the answer was whole.';
    case 'ENOTFOUND':
      return 'the host name is unknown (DNS).';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate is of an authority that this agent does not trust (${code}). Add the authority to the system's certificates or to the agent (--sslcacert).`;
    default:
      return messageOf(error) || (code ?? 'it failed');
  }
}
