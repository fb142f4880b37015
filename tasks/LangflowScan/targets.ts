import { imageByDigest, type ReleaseManifest } from '../common/release/release';

/** One image to scan: a component of the release on one of its platforms. */
export interface Target {
  /** How people know it: `backend`, or `backend (linux/arm64)` where the component has several platforms. */
  name: string;
  component: string;
  /** `registry/repository@sha256:…` */
  reference: string;
  /** `os/architecture[/variant]` */
  platform: string;
}

/** Every image of the release. An index has one for each platform, and each has packages of its own. */
export function targetsOf(manifest: Pick<ReleaseManifest, 'components'>): Target[] {
  return manifest.components.flatMap((component) =>
    component.platforms.map((platform) => ({
      name: component.platforms.length > 1 ? `${component.name} (${platform})` : component.name,
      component: component.name,
      reference: imageByDigest(component),
      platform,
    })),
  );
}
