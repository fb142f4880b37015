import * as path from 'node:path';
import { cacheReferences, type CacheOptions } from './cache';
import { isFolderContext, type Component } from './components';

/** Where a build secret's value is: an environment variable of buildx, or a file. */
export type SecretSource = { env: string } | { file: string };

/** Who made a component last, and when: what its labels say and, when builds are reproducible, its times. */
export interface Origin {
  commit: string;
  /** Seconds since the epoch. */
  time: number;
}

export interface BakeOptions {
  /** What begins every repository: registry host and prefix, `localhost:5000/langflow`. */
  repositories: string;
  tags: string[];
  /** What becomes of the images once they are built and tested. */
  output: 'push' | 'load' | 'layout' | 'none';
  /** Folder of the OCI layouts. */
  layoutDirectory: string;
  /** Folder in which each test leaves what its stage holds. */
  testDirectory: string;
  cache: CacheOptions;
  /** How layers are packed. */
  compression: 'zstd' | 'gzip';
  provenance: 'max' | 'min' | 'none';
  /** The generator's image, '' for BuildKit's own; undefined: no SBOM. */
  sbom: string | undefined;
  /** Platforms of components that do not name any. */
  platforms: string[];
  source: { repository: string | undefined; commit: string };
  /** By component; undefined where the history of the sources is not there. */
  origins: Record<string, Origin> | undefined;
  reproducible: boolean;
  /** PEM file that every build may mount as the secret `ca`. */
  caBundle: string | undefined;
  /** By id. */
  secrets: Record<string, SecretSource>;
}

/** The part of a bake definition that we use (docs.docker.com/build/bake/reference). */
export interface BakeFile {
  group: { default: { targets: string[] } };
  target: Record<string, BakeTarget>;
}

export interface BakeTarget {
  context: string;
  dockerfile: string;
  target?: string;
  args?: Record<string, string>;
  contexts?: Record<string, string>;
  platforms?: string[];
  labels?: Record<string, string>;
  annotations?: string[];
  tags?: string[];
  secret?: string[];
  ssh?: string[];
  attest: string[];
  output: string[];
  'cache-from'?: string[];
  'cache-to'?: string[];
}

/** Where there are tests, `verify` builds images and tests and lets nothing out; `release` then finds everything built. */
export type BakePhase = 'verify' | 'release';

/** The image of a component, without tag. */
export function repositoryOf(name: string, { repositories }: Pick<BakeOptions, 'repositories'>): string {
  return `${repositories}/${name}`;
}

/** The platforms that are asked for; none: that of the builder. */
export function platformsOf({ platforms }: Component, options: Pick<BakeOptions, 'platforms'>): string[] {
  return platforms.length > 0 ? platforms : options.platforms;
}

/** Where a test leaves its reports. */
export function testFolder(test: Component, { testDirectory }: Pick<BakeOptions, 'testDirectory'>): string {
  return path.join(testDirectory, test.name);
}

/** The one graph of all components: images and tests are its default group, the rest is built where it is needed. */
export function bakeFile(components: readonly Component[], options: BakeOptions, phase: BakePhase): BakeFile {
  const wanted = components.filter(
    ({ publish, testOf }) => publish || (testOf !== undefined && phase === 'verify'),
  );
  const targets = components.map((one) => [one.name, bakeTarget(one, components, options, phase)] as const);
  return literal({
    group: { default: { targets: wanted.map(({ name }) => name) } },
    target: Object.fromEntries(targets),
  });
}

function bakeTarget(
  component: Component,
  components: readonly Component[],
  options: BakeOptions,
  phase: BakePhase,
): BakeTarget {
  const { name, context, dockerfile, target, args, contexts, publish } = component;
  const platforms = platformsOf(component, options);
  const released = publish && phase === 'release' && options.output !== 'none';
  const cache = cacheReferences(component, components, options.cache, (one) => repositoryOf(one, options));
  const attest = publish && options.output !== 'load' ? attestations(options) : [];
  const isIndex = platforms.length > 1 || attest.length > 0;
  const user = component.bake as Partial<BakeTarget>;
  return {
    ...user,
    context,
    dockerfile,
    target,
    args: { ...args, ...epochOf(component, options) },
    contexts,
    platforms: platforms.length > 0 ? platforms : undefined,
    labels: publish ? { ...labelsOf(component, options), ...component.labels } : undefined,
    annotations: released && isIndex && options.output === 'push' ? annotations(options) : undefined,
    tags: publish ? options.tags.map((tag) => `${repositoryOf(name, options)}:${tag}`) : undefined,
    secret: [...(user.secret ?? []), ...secretsOf(component, options)],
    ssh: component.ssh ? ['default'] : user.ssh,
    // Without the line, buildx would attach a provenance of its own accord.
    attest: attest.length > 0 ? attest : ['type=provenance,disabled=true'],
    output: [outputOf(component, options, phase)],
    'cache-from': [...(user['cache-from'] ?? []), ...cache.from],
    // What is verified is not yet what is released, except for a test, which never is.
    'cache-to': component.testOf === undefined && !released ? [] : cache.to,
  };
}

function outputOf(component: Component, options: BakeOptions, phase: BakePhase): string {
  if (component.testOf !== undefined) return `type=local,dest=${testFolder(component, options)}`;
  if (!component.publish) return 'type=cacheonly';
  const rewrite = options.reproducible ? ',rewrite-timestamp=true' : '';
  const attributes = `oci-mediatypes=true,compression=${options.compression}${rewrite}`;
  if (phase === 'verify') {
    // Layers are packed while tests run, so that only the push is left afterwards.
    return options.output === 'push' ? `type=image,push=false,${attributes}` : 'type=cacheonly';
  }
  switch (options.output) {
    case 'push':
      return `type=image,push=true,${attributes}`;
    case 'load':
      return 'type=docker';
    case 'layout':
      return `type=oci,tar=false,dest=${path.join(options.layoutDirectory, component.name)},${attributes}`;
    case 'none':
      return 'type=cacheonly';
  }
}

function attestations({ provenance, sbom }: BakeOptions): string[] {
  return [
    ...(provenance === 'none' ? [] : [`type=provenance,mode=${provenance}`]),
    ...(sbom === undefined ? [] : [sbom === '' ? 'type=sbom' : `type=sbom,generator=${sbom}`]),
  ];
}

/**
 * Labels are part of the image and its digest, so they say nothing that changes while the component does not: the commit
 * is the last that touched it (github.com/opencontainers/image-spec/blob/main/annotations.md).
 */
function labelsOf({ name }: Component, { source, origins }: BakeOptions): Record<string, string> {
  const origin = origins?.[name];
  return {
    'org.opencontainers.image.title': name,
    ...(source.repository !== undefined && { 'org.opencontainers.image.source': source.repository }),
    ...(origin && {
      'org.opencontainers.image.revision': origin.commit,
      'org.opencontainers.image.created': new Date(origin.time * 1_000).toISOString(),
    }),
  };
}

/** What is true of this build, on the index, which is around the image and its attestations. */
function annotations({ source }: BakeOptions): string[] {
  return [`index:org.opencontainers.image.revision=${source.commit}`];
}

/** reproducible-builds.org/specs/source-date-epoch; BuildKit takes it for the times in image and layers. */
function epochOf({ name }: Component, { reproducible, origins }: BakeOptions): Record<string, string> {
  const origin = origins?.[name];
  return reproducible && origin ? { SOURCE_DATE_EPOCH: String(origin.time) } : {};
}

function secretsOf(component: Component, { caBundle, secrets }: BakeOptions): string[] {
  return [
    ...(caBundle === undefined ? [] : [`id=ca,src=${caBundle}`]),
    ...component.secrets.map((id) => {
      const source = secrets[id];
      if (!source) throw new Error(`The secret ${id} of ${component.name} has no value.`);
      return 'env' in source ? `type=env,id=${id},env=${source.env}` : `id=${id},src=${source.file}`;
    }),
  ];
}

/** What bake must be allowed: every path outside its working directory, and the SSH agent. */
export function allowances(components: readonly Component[], options: BakeOptions): string[] {
  const { caBundle, secrets, cache, output, layoutDirectory, testDirectory } = options;
  const caches = cache.kind === 'local' ? [cache.directory] : [];
  const readable = [
    ...components.flatMap(({ context, dockerfile, contexts }) => [
      ...(isFolderContext(context) ? [context, path.dirname(dockerfile)] : []),
      ...Object.values(contexts).filter(isFolderContext),
    ]),
    ...Object.values(secrets).flatMap((source) => ('file' in source ? [source.file] : [])),
    ...caches,
    ...(caBundle === undefined ? [] : [caBundle]),
  ];
  const writable = [testDirectory, ...(output === 'layout' ? [layoutDirectory] : []), ...caches];
  return [
    ...new Set(readable.map((one) => `fs.read=${one}`)),
    ...writable.map((one) => `fs.write=${one}`),
    ...(components.some(({ ssh }) => ssh) ? ['ssh'] : []),
  ];
}

/** bake reads strings of a JSON file as HCL templates: `${…}` and `%{…}` would be expanded. */
function literal<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replace(/([$%])\{/g, '$1$1{')) as T;
}
