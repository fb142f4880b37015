import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { BuildSuite } from './support/buildSuite';

const TENANT = '11111111-1111-1111-1111-111111111111';
const TOKEN_USER = '00000000-0000-0000-0000-000000000000';

/**
 * An Azure Container Registry that is logged in to by workload identity federation. What Azure does is played here, by the
 * documented protocols and over TLS: the OIDC token of the server, Entra ID, the registry's token exchange. The registry
 * behind it, the SDK, BuildKit and buildx with its credential helper are real.
 */
describe('An Azure Container Registry', function () {
  this.timeout(120_000);
  const suite = new BuildSuite();
  let server: Server;
  let requests: string[];
  let refuseExchange: number;
  let host: string;
  let port: number;

  beforeEach(async () => {
    requests = [];
    refuseExchange = 0;
    const tls = path.join(suite.environment.state, 'vault/tls');
    const [cert, key] = ['server.pem', 'server.key'].map((name) => readFileSync(path.join(tls, name)));
    server = createServer({ cert, key }, (request, response) => {
      void answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    host = `langflow-local.vault.localhost:${port}`;
    suite.write({ 'app/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n' });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A token whose end the task can read. */
  const refreshToken = (): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1_000) + 10_800 })}.refresh`;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `https://${host}`);
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url.pathname.startsWith('/v2/')) {
      toRegistry(request, response);
      return;
    }
    const form = new URLSearchParams(await text(request));
    requests.push(`${request.method ?? ''} ${url.pathname}`);
    if (url.pathname === '/oidctoken') {
      const right = request.headers.authorization === 'Bearer job-token';
      send(right ? 200 : 401, right ? { oidcToken: 'oidc-token' } : {});
    } else if (url.pathname.endsWith('/openid-configuration')) {
      const base = `https://login.localhost:${port}/${TENANT}`;
      send(200, {
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/authorize`,
        token_endpoint: `${base}/token`,
        jwks_uri: `${base}/keys`,
      });
    } else if (url.pathname === `/${TENANT}/token`) {
      const right =
        form.get('client_assertion') === 'oidc-token' &&
        form.get('scope')?.includes('https://management.azure.com/.default');
      send(
        right ? 200 : 401,
        right ? { token_type: 'Bearer', expires_in: 3600, access_token: 'entra-token' } : {},
      );
    } else if (url.pathname === '/oauth2/exchange') {
      if (refuseExchange > 0) {
        refuseExchange--;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      }
      const right = form.get('access_token') === 'entra-token' && form.get('service') === host;
      send(
        right ? 200 : 401,
        right ? { refresh_token: refreshToken() } : { errors: [{ code: 'UNAUTHORIZED' }] },
      );
    } else send(404, {});
  }

  /** Lets in who has the token, with the credentials that the registry behind knows. */
  function toRegistry(request: IncomingMessage, response: ServerResponse): void {
    const [user, password] = Buffer.from(
      (request.headers.authorization ?? '').replace(/^Basic /, ''),
      'base64',
    )
      .toString()
      .split(':');
    if (user !== TOKEN_USER || !password?.endsWith('.refresh')) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="acr"' }).end();
      return;
    }
    const { username, password: own } = suite.environment.registryCredentials;
    const authorization = `Basic ${Buffer.from(`${username}:${own}`).toString('base64')}`;
    const [hostname, registryPort] = suite.environment.registryHost.split(':');
    const headers = { ...request.headers, authorization, 'x-forwarded-proto': 'https' };
    const outgoing = forward(
      { hostname, port: registryPort, method: request.method, path: request.url, headers },
      (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  }

  async function build(accessToken = 'job-token') {
    const { resources, state } = suite.environment;
    const daemon = await suite.freshBuilder({
      authorities: { [host]: path.join(state, 'vault/tls/ca.pem') },
    });
    return suite.build(
      { containerRegistry: 'acr', builder: daemon.address },
      {
        variables: { 'System.OidcRequestUri': `https://${host}/oidctoken` },
        resources: {
          ...resources,
          agent: { ...resources.agent, accessToken },
          serviceConnections: {
            acr: {
              type: 'dockerregistry',
              url: `https://${host}`,
              scheme: 'WorkloadIdentityFederation',
              parameters: {
                loginServer: host,
                tenantid: TENANT,
                serviceprincipalid: '22222222-2222-2222-2222-222222222222',
              },
              data: {
                registrytype: 'ACR',
                environment: 'AzureStack',
                environmentAuthorityUrl: `https://login.localhost:${port}/`,
              },
            },
          },
        },
      },
    );
  }

  it('is pushed to with a token that a credential helper gives, after a busy answer', async () => {
    refuseExchange = 1;
    const step = await build();
    const [app] = await suite.released(step);
    assert.equal(app?.image, `${host}/${suite.prefix}/app`);
    assert.ok(await suite.pushed('7'), 'the registry has it');
    const count = (one: string): number => requests.filter((request) => request === `POST ${one}`).length;
    assert.deepEqual([count(`/${TENANT}/token`), count('/oauth2/exchange')], [1, 2]);
    assert.doesNotMatch(step.log, /entra-token|oidc-token|job-token|\.refresh/);
  });

  it('refuses an identity with the reason and what to do', async () => {
    const step = await build('another-token');
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /could not log in to langflow-local\.vault\.localhost:\d+: [^]*It needs the role AcrPull, and AcrPush to push/,
    );
  });
});
