import { createHash } from 'node:crypto';
import { imageByDigest, type ReleaseManifest } from '../common/release/release';

/** An image: a component of the release on one of its platforms, or one that the input `images` names. */
export interface ImageTarget {
  kind: 'image';
  /** How people know it: `backend`, or `backend (linux/arm64)` where the component has several platforms. */
  name: string;
  /** Undefined for an image that is not of the release. */
  component?: string;
  /** `registry/repository@sha256:…`; an image that is not of the release may have a tag. */
  reference: string;
  /** `os/architecture[/variant]` */
  platform: string;
  /** What the image stands on, by digest: images that share one share layers. */
  baseImages: readonly string[];
}

/** A folder with sources. */
export interface SourceTarget {
  kind: 'source';
  name: string;
  /** Absolute path. */
  folder: string;
}

/** A CycloneDX or SPDX file. */
export interface SbomTarget {
  kind: 'sbom';
  name: string;
  /** Absolute path. */
  file: string;
}

export type Target = ImageTarget | SourceTarget | SbomTarget;

/** Every image of the release. An index has one for each platform, and each has packages of its own. */
export function imagesOf(manifest: Pick<ReleaseManifest, 'components'>): ImageTarget[] {
  return manifest.components.flatMap((component) =>
    component.platforms.map((platform) => ({
      kind: 'image' as const,
      name: component.platforms.length > 1 ? `${component.name} (${platform})` : component.name,
      component: component.name,
      reference: imageByDigest(component),
      platform,
      baseImages: component.baseImages.map(({ digest }) => digest),
    })),
  );
}

/** What Trivy is asked about, and what its report must say it is about. */
export function artifactOf(target: Target): string {
  switch (target.kind) {
    case 'image':
      return target.reference;
    case 'source':
      return target.folder;
    case 'sbom':
      return target.file;
  }
}

/** The name as a file name, the same in every run; names that differ stay different. */
export function fileNameOf({ name }: Pick<Target, 'name'>): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  if (safe === name && safe.length <= 60) return safe;
  return `${safe.slice(-60)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/**
 * Targets that are scanned one after the other in one cache: images that share a base image and a platform, so that each
 * layer is analysed once (Trivy's cache takes one process at a time). Different lanes run at once.
 */
export function lanesOf(targets: readonly Target[]): Target[][] {
  const lanes: { targets: Target[]; bases: Set<string> }[] = [];
  for (const target of targets) {
    const bases =
      target.kind === 'image' ? target.baseImages.map((digest) => `${target.platform} ${digest}`) : [];
    // A target may join lanes that had nothing in common so far.
    const shared = lanes.filter((lane) => bases.some((base) => lane.bases.has(base)));
    const [first] = shared;
    if (first === undefined) lanes.push({ targets: [target], bases: new Set(bases) });
    else {
      for (const other of shared.slice(1)) {
        first.targets.push(...other.targets);
        other.bases.forEach((base) => first.bases.add(base));
        lanes.splice(lanes.indexOf(other), 1);
      }
      first.targets.push(target);
      bases.forEach((base) => first.bases.add(base));
    }
  }
  return lanes.map((lane) => lane.targets);
}
