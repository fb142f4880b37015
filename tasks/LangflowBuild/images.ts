import { debug } from '../common/agent/log';
import type { Registry } from '../common/connections/registry';
import { messageOf } from '../common/errors';
import type { Vertex } from './progress';

/** An image manifest or index of the OCI image specification, as far as we read it. */
interface Manifest {
  config?: { size: number };
  layers?: { size: number }[];
  manifests?: { digest: string; platform?: { os?: string } }[];
}

const ACCEPTED = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * The digest of the image of a target that has one platform: without the attestations around it, which hold times. So a
 * component that did not change keeps its digest, and nothing is rolled.
 * BuildKit names it as it exports it (exporter/containerimage/writer.go).
 * @returns undefined when there is not exactly one
 */
export function imageDigestOf(target: string, vertices: readonly Vertex[]): string | undefined {
  const digests = vertices
    .filter(({ targets, instruction }) => targets.has(target) && instruction.startsWith('exporting to'))
    .flatMap(({ exported }) => exported);
  const unique = [...new Set(digests)];
  return unique.length === 1 ? unique[0] : undefined;
}

/**
 * Bytes of an image in the registry: its layers as they are transferred, of an index all its platforms.
 * @param reference tag or digest
 * @returns undefined when the registry does not say; nobody's build fails for that
 */
export async function imageSize(
  registry: Registry,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const manifest = await readManifest(registry, repository, reference, signal);
    if (!manifest.manifests) return sizeOf(manifest);
    const images = manifest.manifests.filter(({ platform }) => platform?.os !== 'unknown');
    const manifests = await Promise.all(
      images.map(({ digest }) => readManifest(registry, repository, digest, signal)),
    );
    return manifests.reduce((sum, one) => sum + sizeOf(one), 0);
  } catch (error) {
    signal.throwIfAborted();
    debug(`The size of ${repository}:${reference} is unknown: ${messageOf(error)}`);
    return undefined;
  }
}

/** GET /v2/<repository>/manifests/<reference> (github.com/opencontainers/distribution-spec). */
async function readManifest(
  registry: Registry,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<Manifest> {
  const { username, password } = await registry.login(signal);
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  // As BuildKit and Docker do: a registry on this machine has no TLS.
  const scheme = /^(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(registry.host) ? 'http' : 'https';
  const url = `${scheme}://${registry.host}/v2/${repository}/manifests/${reference}`;
  const get = (authorization: string): Promise<Response> =>
    fetch(url, { headers: { authorization, accept: ACCEPTED }, signal });
  let response = await get(basic);
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (response.status === 401 && /^bearer /i.test(challenge)) {
    response = await get(`Bearer ${await tokenFor(challenge, basic, signal)}`);
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as Manifest;
}

/** distribution.github.io/distribution/spec/auth/token */
async function tokenFor(challenge: string, authorization: string, signal: AbortSignal): Promise<string> {
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const { realm = '', ...query } = fields;
  const response = await fetch(`${realm}?${new URLSearchParams(query).toString()}`, {
    headers: { authorization },
    signal,
  });
  const { token, access_token: accessToken } = (await response.json()) as Record<string, string | undefined>;
  return token ?? accessToken ?? '';
}

function sizeOf({ config, layers = [] }: Manifest): number {
  return layers.reduce((sum, { size }) => sum + size, config?.size ?? 0);
}
