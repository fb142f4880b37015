import type { ReleaseManifest } from '../release/release';
import type { Component, Release, ReleaseView } from './view.generated';

/** The part of the document that one task fills. */
export type Sections = Pick<ReleaseView, 'build' | 'scan' | 'deployment' | 'smokeTest'>;

/** What a step gathers while it works, so that it can be shown at its end, however that comes. */
export class ViewDraft {
  release: Release | undefined;
  /** Absolute path of release.json: the document is kept beside it, and so travels with the release. */
  releaseManifest: string | undefined;
  /** Folders of the release manifests that this step joins. */
  joined: string[] = [];
  /** Whether there is anything to show. */
  wanted = true;
  /** Makes the section of what the step knows by then. */
  sections: () => Sections = () => ({});

  constructor(
    readonly task: ReleaseView['task'],
    public action: ReleaseView['action'],
  ) {}
}

/** What a document says of the release that a manifest describes. */
export function releaseOf({
  name,
  source,
  components,
}: Pick<ReleaseManifest, 'name' | 'source' | 'components'>): Release {
  return {
    name,
    ...source,
    components: components.map(({ name, image, digest }) => ({ name, image, digest })),
  };
}

/** The components of a release as its record in the cluster has them. */
export function componentsOf(digests: Readonly<Record<string, string>>): Component[] {
  return Object.entries(digests).map(([name, digest]) => ({ name, digest }));
}
