import type { Component } from './components';
import { withBases } from './components';
import { branchOf, slugOf } from './tags';

export type CacheKind = 'registry' | 'inline' | 'local' | 'none';

export interface CacheOptions {
  kind: CacheKind;
  /** Branches whose caches are read, the nearest first, as parts of a tag. */
  branches: string[];
  /** The branch whose cache is written; undefined: none. */
  write: string | undefined;
  /** Folder of the kind `local`, one folder for each component in it. */
  directory: string;
}

/** What decides which caches are read and whether one is written. */
export interface CacheScope {
  ref: string;
  /** Target of a pull request, with or without `refs/heads/`; undefined outside of one. */
  pullRequestTarget: string | undefined;
  defaultBranch: string;
  write: 'auto' | 'always' | 'never';
}

/**
 * A branch reads its own cache, then that of the branch that it will be merged into, then that of the default branch. A
 * pull request runs code that nobody has reviewed, so on its own accord it never writes; nor does a git tag, whose cache
 * nobody would ever read.
 */
export function cacheBranches(scope: CacheScope): Pick<CacheOptions, 'branches' | 'write'> {
  const own = slugOf(branchOf(scope.ref));
  const others = [scope.pullRequestTarget, scope.defaultBranch].filter((one) => one !== undefined);
  const isBranch = scope.ref.startsWith('refs/heads/');
  const writes =
    scope.write === 'always' || (scope.write === 'auto' && isBranch && scope.pullRequestTarget === undefined);
  return {
    branches: [...new Set([own, ...others.map((branch) => slugOf(branchOf(branch)))])],
    write: writes ? own : undefined,
  };
}

/** `cache-from` and `cache-to` of a bake target (docs.docker.com/build/cache/backends). */
export interface CacheReferences {
  from: string[];
  to: string[];
}

/**
 * Where the layers of a component come from and go to. With `mode=max`, the cache of an image also has the layers of its
 * bases, so a base has none of its own and reads those of all that use it.
 * @param repositoryOf the image of a component, without tag
 */
export function cacheReferences(
  component: Component,
  components: readonly Component[],
  options: CacheOptions,
  repositoryOf: (name: string) => string,
): CacheReferences {
  const owns = component.publish || component.testOf !== undefined;
  const users = components.filter((user) => user.publish && withBases(user, components).includes(component));
  const sources = owns ? [component] : users;
  const { kind, branches, write, directory } = options;
  const from = (make: (source: Component, branch: string) => string): string[] =>
    sources.flatMap((source) => branches.map((branch) => make(source, branch)));
  switch (kind) {
    case 'none':
      return { from: [], to: [] };
    case 'registry': {
      const reference = (source: Component, branch: string): string =>
        `type=registry,ref=${repositoryOf(source.testOf ?? source.name)}:buildcache-${source.testOf === undefined ? '' : `${source.name}-`}${branch}`;
      const attributes =
        'mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true';
      return {
        from: from(reference),
        to: owns && write !== undefined ? [`${reference(component, write)},${attributes}`] : [],
      };
    }
    case 'inline':
      // It is part of the image, which a test and a base do not push.
      return {
        from: from(
          (source, branch) => `type=registry,ref=${repositoryOf(source.testOf ?? source.name)}:${branch}`,
        ),
        to: component.publish && write !== undefined ? ['type=inline'] : [],
      };
    case 'local':
      return {
        from: sources.map(({ name }) => `type=local,src=${directory}/${name}`),
        to:
          owns && write !== undefined
            ? [
                `type=local,dest=${directory}/${component.name}.new,mode=max,compression=zstd,ignore-error=true`,
              ]
            : [],
      };
  }
}
