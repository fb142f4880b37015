import type { Component as ReleasedComponent } from '../common/release/release';
import { platformsOf, repositoryOf, type BakeOptions } from './bakeFile';
import type { BuildResult } from './build';
import { imageDigestOf } from './images';
import type { Vertex } from './progress';

/** What `docker buildx bake --metadata-file` writes, by target. */
export type Metadata = Record<string, TargetMetadata | undefined>;

/**
 * One target. buildx takes the provenance from the builder's record of the build, whether or not it is attached to the
 * image; of several platforms each has its own, under `buildx.build.provenance/<platform>`.
 */
export interface TargetMetadata {
  'containerimage.digest'?: string;
  'buildx.build.ref'?: string;
  [provenance: `buildx.build.provenance${string}`]: Provenance;
}

/** The fields of SLSA provenance v0.2 that we read. */
export interface Provenance {
  materials?: { uri: string; digest: { sha256?: string } }[];
  invocation: {
    /** `source` is the image of the frontend that a `# syntax=` line names. */
    parameters: { args?: { source?: string } };
    environment: { platform: string };
  };
}

/** The published components as the release manifest has them. */
export function releasedComponents(
  {
    components,
    metadata,
    vertices,
    sizes,
  }: Pick<BuildResult, 'components' | 'metadata' | 'vertices' | 'sizes'>,
  options: Pick<BakeOptions, 'repositories' | 'tags' | 'platforms'>,
): ReleasedComponent[] {
  return components
    .filter(({ publish }) => publish)
    .map((component) => {
      const { name } = component;
      const target = metadata[name];
      const pushed = target?.['containerimage.digest'];
      if (!target || !pushed)
        throw new Error(`buildx pushed ${name} but its metadata file has no digest of it.`);
      const provenances = Object.entries(target).flatMap(([key, value]) =>
        key.startsWith('buildx.build.provenance') ? [value as Provenance] : [],
      );
      // Of an image for several platforms, buildx does not always know the provenance.
      const known = provenances.map(({ invocation }) => invocation.environment.platform);
      const platforms = known.length > 0 ? known : platformsOf(component, options);
      const image = platforms.length === 1 ? imageDigestOf(name, vertices) : undefined;
      const size = sizes[name]?.now;
      return {
        name,
        image: repositoryOf(name, options),
        digest: image ?? pushed,
        ...(image !== undefined && image !== pushed && { index: pushed }),
        tags: options.tags,
        platforms,
        ...(size !== undefined && { size }),
        baseImages: unique(known.length > 0 ? provenances.flatMap(imagesOf) : baseImagesOf(name, vertices)),
        // <builder>/<node>/<id>; `docker buildx history` knows a build by its id.
        buildRef: target['buildx.build.ref']?.split('/').at(-1),
      };
    });
}

type BaseImage = ReleasedComponent['baseImages'][number];

/** Every image that the build read, except the frontend, which parses the Dockerfile. */
function imagesOf({ materials = [], invocation }: Provenance): BaseImage[] {
  const frontend = invocation.parameters.args?.source?.replace(/^docker\.io\//, '');
  return materials.flatMap(({ uri, digest: { sha256 } }) => {
    const image = imageOf(uri);
    return image === undefined || image === frontend || sha256 === undefined
      ? []
      : [{ image, digest: `sha256:${sha256}` }];
  });
}

/** The same from the graph: `FROM docker.io/library/debian:bookworm@sha256:…`. */
function baseImagesOf(target: string, vertices: readonly Vertex[]): BaseImage[] {
  return vertices.flatMap(({ targets, instruction }) => {
    const [, image, digest] = /^FROM (\S+)@(sha256:[0-9a-f]{64})$/.exec(instruction) ?? [];
    if (image === undefined || digest === undefined || !targets.has(target)) return [];
    return [{ image: image.replace(/^docker\.io\/(library\/)?/, ''), digest }];
  });
}

/** `pkg:docker/bitnami/redis@7?platform=linux%2Famd64` → `bitnami/redis:7`; undefined when it is no image. */
function imageOf(packageUrl: string): string | undefined {
  const [, name = '', tag] = /^pkg:docker\/([^@?]+)(?:@([^?]+))?/.exec(packageUrl) ?? [];
  if (name === '') return undefined;
  return decodeURIComponent(tag === undefined ? name : `${name}:${tag}`);
}

function unique(images: BaseImage[]): BaseImage[] {
  return [...new Map(images.map((one) => [`${one.image}@${one.digest}`, one])).values()];
}
