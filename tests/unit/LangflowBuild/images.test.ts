import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { imageDigestOf, imageSize } from '../../../tasks/LangflowBuild/images';
import { printedBy } from '../support/agent';
import { vertex } from './samples';

describe('the size of an image', () => {
  let server: Server;
  let host: string;
  const manifests: Record<string, object> = {
    image: { config: { size: 10 }, layers: [{ size: 200 }, { size: 3_000 }] },
    index: {
      manifests: [
        { digest: 'image', platform: { os: 'linux' } },
        { digest: 'image', platform: { os: 'linux' } },
        { digest: 'attestation', platform: { os: 'unknown' } },
      ],
    },
  };

  beforeEach(async () => {
    // distribution.github.io/distribution/spec/auth/token: a challenge, then a token for it.
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', `http://${host}`);
      const { authorization = '' } = request.headers;
      if (url.pathname === '/token') {
        const right =
          authorization === 'Basic Y2k6cHc=' && url.searchParams.get('scope') === 'repository:a/b:pull';
        response.end(JSON.stringify(right ? { token: 'right' } : {}));
      } else if (authorization !== 'Bearer right') {
        const challenge = `Bearer realm="http://${host}/token",service="r",scope="repository:a/b:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      } else {
        const manifest = manifests[url.pathname.replace('/v2/a/b/manifests/', '')];
        response.writeHead(manifest ? 200 : 404).end(JSON.stringify(manifest ?? {}));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });

  async function size(reference: string): Promise<number | undefined> {
    const registry = { host, login: () => Promise.resolve({ username: 'ci', password: 'pw' }) };
    let found: number | undefined;
    await printedBy(async () => {
      found = await imageSize(registry, 'a/b', reference, new AbortController().signal);
    });
    return found;
  }

  it('is that of its layers and configuration', async () => {
    assert.equal(await size('image'), 3_210);
  });

  it('of several platforms is that of all, without attestations', async () => {
    assert.equal(await size('index'), 6_420);
  });

  it('is unknown when the registry does not say', async () => {
    assert.equal(await size('none'), undefined);
  });
});

describe('the digest of an image', () => {
  it('is that of the one manifest that was exported', () => {
    const exported = vertex('a', 'exporting to image', { exported: ['sha256:1', 'sha256:1'] });
    const other = vertex('b', 'exporting to image', { exported: ['sha256:2'] });
    assert.equal(imageDigestOf('a', [exported, other]), 'sha256:1');
    assert.equal(imageDigestOf('a', [exported, { ...other, targets: new Set(['a']) }]), undefined);
    assert.equal(imageDigestOf('c', [exported]), undefined);
  });
});
