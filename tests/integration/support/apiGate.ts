import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { parse } from 'yaml';

interface KubeConfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

/**
 * A real API server that lets in who has a token of Entra ID: what AKS' own authenticator does stands before it, and
 * everything else, watches too, goes through.
 */
export class ApiGate {
  /** How many requests were let in and turned away. */
  readonly counts = { passed: 0, refused: 0 };
  /** Called before each request that is let in. */
  onRequest: (count: number, request: IncomingMessage) => void = () => undefined;
  private server?: Server;

  constructor(
    private readonly behind: string,
    private readonly tls: string,
    private readonly holds: (authorization: string | undefined) => boolean,
  ) {}

  async start(): Promise<void> {
    const [cert, key] = ['server.pem', 'server.key'].map((file) => readFileSync(path.join(this.tls, file)));
    this.server = createServer({ cert, key }, (request, response) => {
      if (this.holds(request.headers.authorization)) {
        this.onRequest(++this.counts.passed, request);
        this.pass(request, response);
        return;
      }
      this.counts.refused++;
      request.resume();
      const status = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: 'Unauthorized',
        code: 401,
      };
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  /** What AKS hands out for a cluster with Entra ID (`format=exec`). */
  kubeconfig(): string {
    const ca = readFileSync(path.join(this.tls, 'ca.pem')).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'langflow-entra',
      contexts: [{ name: 'langflow-entra', context: { cluster: 'langflow-entra', user: 'clusterUser' } }],
      clusters: [
        {
          name: 'langflow-entra',
          cluster: { server: `https://login.localhost:${this.port}`, 'certificate-authority-data': ca },
        },
      ],
      users: [
        {
          name: 'clusterUser',
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1beta1',
              command: 'kubelogin',
              args: [
                'get-token',
                '--environment',
                'AzurePublicCloud',
                '--server-id',
                '6dae42f8-4368-4678-94ff-3960e28e3630',
              ],
              env: null,
              provideClusterInfo: false,
            },
          },
        },
      ],
    });
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const { clusters, users } = parse(this.behind) as KubeConfig;
    const [{ cluster } = { cluster: undefined }] = clusters;
    const [{ user } = { user: undefined }] = users;
    const headers = { ...request.headers };
    delete headers.authorization;
    // TLS would take the name in it for the name of the server behind.
    delete headers.host;
    const outgoing = forward(
      new URL(request.url ?? '/', cluster?.server),
      {
        method: request.method,
        headers,
        ca: Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64'),
        cert: Buffer.from(user?.['client-certificate-data'] ?? '', 'base64'),
        key: Buffer.from(user?.['client-key-data'] ?? '', 'base64'),
      },
      (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        // A watch has begun before there is anything to tell.
        response.flushHeaders();
        answered.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }
}
