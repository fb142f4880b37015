import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { PortForward, type KubeConfig } from '@kubernetes/client-node';
import type WebSocket from 'ws';
import type { Endpoint } from './endpoint';

export interface Forward {
  /** On 127.0.0.1. */
  port: number;
  /** What went wrong on the way to the pod, if anything. */
  problem(): string | undefined;
  /** Whether the pod was reached, but nothing listens on its port. */
  refused(): boolean;
  close(): void;
}

const REFUSED = /connection refused/;

/** Listens on a free local port and forwards every connection to the pod, as `kubectl port-forward` does. */
export async function forwardTo(
  config: KubeConfig,
  namespace: string,
  { pod, port }: Endpoint,
): Promise<Forward> {
  const forwarder = new PortForward(config);
  const sockets = new Set<Socket>();
  let problem: string | undefined;
  let refused = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    const fail = (reason: string): void => {
      problem ??= reason;
      socket.destroy();
    };
    const errors = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // The first message on the stream only says which port it is about.
        const message = chunk.toString().trim();
        if (REFUSED.test(message)) refused = true;
        if (chunk.length > 0) fail(reasonOf(message, port));
        done();
      },
    });
    // A client that goes away before it has its answer.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    forwarder.portForward(namespace, pod, [port], socket, errors, socket).then(
      (connection) => {
        // client-node declares isomorphic-ws, which is ws here.
        const webSocket = connection as unknown as WebSocket;
        webSocket.onclose = () => socket.end();
        webSocket.onerror = ({ message }) => {
          fail(message);
        };
        const close = (): void => {
          webSocket.close();
        };
        if (socket.destroyed) close();
        else socket.on('close', close);
      },
      (event: unknown) => {
        // client-node rejects with the event of the WebSocket, which is no Error.
        fail((event as { message?: string }).message ?? 'the connection to the API server failed');
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    problem: () => problem,
    refused: () => refused,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The container runtime's message is a list of its inner errors, of which the last one counts. */
function reasonOf(message: string, port: number): string {
  return REFUSED.test(message) ? `nothing listens on its port ${port} (connection refused).` : message;
}
