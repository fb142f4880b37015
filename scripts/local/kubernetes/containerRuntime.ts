import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

/** A gRPC message (gRPC over HTTP/2): not compressed, 0 bytes long. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * Resolves when the container runtime at a socket answers the first question that a kubelet has. containerd listens before
 * that, and a kubelet that asks too early ends.
 */
export async function runtimeAnswers(socket: string): Promise<void> {
  const session = connectHttp2('http://localhost', { createConnection: () => connect({ path: socket }) });
  try {
    const status = await new Promise<string>((resolve, reject) => {
      session.once('error', reject);
      const request = session.request({
        ':method': 'POST',
        ':path': '/runtime.v1.RuntimeService/Version',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const note = (headers: Record<string, unknown>): void => {
        if (headers['grpc-status'] !== undefined)
          resolve(
            `${headers['grpc-status'] as string} ${(headers['grpc-message'] as string | undefined) ?? ''}`,
          );
      };
      // An error alone comes as headers without a body.
      request.on('response', note).on('trailers', note).on('error', reject);
      request.setTimeout(5_000, () => {
        reject(new Error('no answer within 5 s'));
      });
      request.resume().end(EMPTY_MESSAGE);
    });
    if (!status.startsWith('0 ')) throw new Error(`gRPC status ${status}`);
  } finally {
    session.destroy();
  }
}
