import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy that wants a login and lets everything through. */
export class ForwardProxy {
  /** Where to it was asked for a tunnel. */
  readonly hosts: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(user: string, password: string) {
    const login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    this.server = createServer((_request, response) => response.writeHead(405).end());
    this.server.on('connection', (socket: Socket) => this.sockets.add(socket));
    this.server.on('connect', (request, socket: Socket, head: Buffer) => {
      if (request.headers['proxy-authorization'] !== login) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const target = request.url ?? '';
      this.hosts.push(target);
      const upstream = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      this.sockets.add(upstream);
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
