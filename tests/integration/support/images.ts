import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { LocalEnvironment } from '../../environment';

/** A registry over plain HTTP with basic authentication. */
export interface PlainRegistry {
  host: string;
  username: string;
  password: string;
}

export function registryOf({ registryHost, registryCredentials }: LocalEnvironment): PlainRegistry {
  return { host: registryHost, ...registryCredentials };
}

/** A file's path in the image and its content. Files below a folder `bin` or `cgi-bin` are programs. */
export type Files = Record<string, string | Buffer>;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** What makes Trivy see Debian 12; the packages are those of `packages`. */
export function debian(packages: Record<string, string>): Files {
  return {
    'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'etc/debian_version': '12.9\n',
    'var/lib/dpkg/status': Object.entries(packages)
      .map(
        ([name, version]) =>
          `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
      )
      .join('\n'),
  };
}

/** An installed Python distribution. */
export function python(name: string, version: string): Files {
  return {
    [`usr/lib/python3/dist-packages/${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
  };
}

/** The digest that the registry has for a tag; undefined when it has none. */
export async function pushedDigest(
  registry: PlainRegistry,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const response = await request(registry, 'HEAD', `${repository}/manifests/${tag}`, undefined, {
    accept: `${INDEX}, ${MANIFEST}`,
  });
  return response.ok ? (response.headers.get('docker-content-digest') ?? undefined) : undefined;
}

/** An image manifest or index, as far as the tests read it, with the labels of the configuration. */
export interface Manifest {
  annotations?: Record<string, string>;
  manifests?: { digest: string; platform?: { os?: string; architecture?: string } }[];
  layers?: { digest: string; annotations?: Record<string, string> }[];
  config?: { digest: string; labels?: Record<string, string> };
}

export async function manifestOf(
  registry: PlainRegistry,
  repository: string,
  digest: string,
): Promise<Manifest> {
  const get = async (address: string): Promise<unknown> =>
    (await call(registry, 'GET', address, undefined, { accept: `${INDEX}, ${MANIFEST}` })).json();
  const manifest = (await get(`${repository}/manifests/${digest}`)) as Manifest;
  if (manifest.config) {
    const config = (await get(`${repository}/blobs/${manifest.config.digest}`)) as {
      config?: { Labels?: Record<string, string> };
    };
    manifest.config.labels = config.config?.Labels ?? {};
  }
  return manifest;
}

/** All that the registry has of an image or an index except for packed layers: manifests, configurations, attestations. */
export async function metadataOf(
  registry: PlainRegistry,
  repository: string,
  digest: string,
): Promise<string> {
  const accept = { accept: `${INDEX}, ${MANIFEST}` };
  const text = await (
    await call(registry, 'GET', `${repository}/manifests/${digest}`, undefined, accept)
  ).text();
  const { manifests = [], layers = [], config } = JSON.parse(text) as Manifest;
  const attestations = layers.filter(({ annotations = {} }) => 'in-toto.io/predicate-type' in annotations);
  const blobs = [...attestations, ...(config ? [config] : [])];
  const parts = await Promise.all([
    ...manifests.map((one) => metadataOf(registry, repository, one.digest)),
    ...blobs.map(async (one) => (await call(registry, 'GET', `${repository}/blobs/${one.digest}`)).text()),
  ]);
  return [text, ...parts].join('\n');
}

/**
 * Pushes an image of one layer and returns its digest.
 * @param entrypoint what a container of it runs
 * @param tag default: it is known by its digest alone
 */
export async function pushImage(
  registry: PlainRegistry,
  repository: string,
  files: Files,
  platform = 'linux/amd64',
  entrypoint: readonly string[] = [],
  tag?: string,
): Promise<string> {
  const layer = tarOf(files);
  const [os, architecture] = platform.split('/');
  const config = Buffer.from(
    JSON.stringify({
      os,
      architecture,
      config: { Entrypoint: entrypoint },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await pushBlob(registry, repository, CONFIG, config),
    layers: [await pushBlob(registry, repository, LAYER, layer)],
  };
  return pushManifest(registry, repository, MANIFEST, manifest, tag);
}

/** Pushes an index of images that were pushed before, by platform, and returns its digest. */
export async function pushIndex(
  registry: PlainRegistry,
  repository: string,
  digests: Record<string, string>,
): Promise<string> {
  const manifests = await Promise.all(
    Object.entries(digests).map(async ([platform, digest]) => {
      const [os, architecture] = platform.split('/');
      const response = await call(registry, 'HEAD', `${repository}/manifests/${digest}`, undefined, {
        accept: MANIFEST,
      });
      const size = Number(response.headers.get('content-length'));
      return { mediaType: MANIFEST, digest, size, platform: { os, architecture } };
    }),
  );
  return pushManifest(registry, repository, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
}

/** Pushes Trivy's database archive (a .tar.gz) as the artifact that `--db-repository` takes. */
export async function pushDatabase(
  registry: PlainRegistry,
  repository: string,
  tag: string,
  archive: Buffer,
): Promise<void> {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await pushBlob(
      registry,
      repository,
      'application/vnd.aquasec.trivy.config.v1+json',
      Buffer.from('{}'),
    ),
    layers: [
      {
        ...(await pushBlob(
          registry,
          repository,
          'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
          archive,
        )),
        annotations: { 'org.opencontainers.image.title': 'db.tar.gz' },
      },
    ],
  };
  await pushManifest(registry, repository, MANIFEST, manifest, tag);
}

async function pushManifest(
  registry: PlainRegistry,
  repository: string,
  mediaType: string,
  manifest: object,
  reference?: string,
): Promise<string> {
  const body = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(body);
  await call(registry, 'PUT', `${repository}/manifests/${reference ?? digest}`, body, {
    'content-type': mediaType,
  });
  return digest;
}

async function pushBlob(
  registry: PlainRegistry,
  repository: string,
  mediaType: string,
  content: Buffer,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const digest = digestOf(content);
  const started = await call(registry, 'POST', `${repository}/blobs/uploads/`);
  const upload = new URL(started.headers.get('location') ?? '', `http://${registry.host}`);
  upload.searchParams.set('digest', digest);
  await call(registry, 'PUT', upload, content, { 'content-type': 'application/octet-stream' });
  return { mediaType, digest, size: content.length };
}

async function call(
  registry: PlainRegistry,
  method: string,
  address: string | URL,
  body?: Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await request(registry, method, address, body, headers);
  if (!response.ok)
    throw new Error(`${method} ${String(address)}: ${response.status} ${await response.text()}`);
  return response;
}

function request(
  registry: PlainRegistry,
  method: string,
  address: string | URL,
  body: Buffer | undefined,
  headers: Record<string, string>,
): Promise<Response> {
  const url = typeof address === 'string' ? `http://${registry.host}/v2/${address}` : address;
  const credentials = Buffer.from(`${registry.username}:${registry.password}`).toString('base64');
  return fetch(url, {
    method,
    headers: { authorization: `Basic ${credentials}`, ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });
}

function tarOf(files: Files): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'layer-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      const mode = /(^|\/|-)bin\//.test(name) ? 0o755 : 0o644;
      writeFileSync(path.join(folder, name), content, { mode });
    }
    // The same files make the same digest: no times, no owners.
    const options = ['-c', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-C', folder, '.'];
    return execFileSync('tar', options, { maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
