import { InputError } from '../common/errors';

/** What tags may be made of. */
export interface TagValues {
  commit: string;
  /** `refs/heads/…`, `refs/tags/…` or `refs/pull/…`. */
  ref: string;
  /** Name of the branch that releases come from. */
  defaultBranch: string;
}

/** What a registry accepts (distribution/reference, regexp.go). */
const TAG = /^\w[\w.-]{0,127}$/;
/** https://semver.org, with the usual `v` in front; a tag cannot hold the `+` of build metadata. */
const VERSION = /^refs\/tags\/v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;

/**
 * The tags of the images. `{commit}`, `{shortCommit}` and `{branch}` stand for where the sources are from; a template with
 * `{version}` counts only when a git tag such as v1.2.3 is built, one with `{latest}` only on the default branch.
 * @param templates the lines of the input `tags`, in which the agent has replaced `$(…)`
 * @throws InputError for a placeholder that there is not and for what is not a tag
 */
export function tagsFrom(templates: readonly string[], values: TagValues): string[] {
  const placeholders: Record<string, string | undefined> = {
    commit: values.commit,
    shortCommit: values.commit.slice(0, 10),
    branch: slugOf(branchOf(values.ref)),
    version: VERSION.exec(values.ref)?.[1],
    latest: values.ref === `refs/heads/${values.defaultBranch}` ? 'latest' : undefined,
  };
  const tags = templates.flatMap((template) => {
    const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
    if (names.some((name) => !(name in placeholders))) {
      const known = Object.keys(placeholders).map((name) => `{${name}}`);
      throw new InputError('tags', template, `a tag with the placeholders ${known.join(', ')}`);
    }
    if (names.some((name) => placeholders[name] === undefined)) return [];
    const tag = template.replace(/\{([^{}]*)\}/g, (_, name: string) => placeholders[name] ?? '');
    if (!TAG.test(tag)) {
      throw new InputError(
        'tags',
        tag,
        'an image tag: letters, digits, _ . and -, at most 128 of them, not starting with . or -',
      );
    }
    return [tag];
  });
  return [...new Set(tags)];
}

/** `refs/heads/feature/x` → `feature/x`; of a pull request or a git tag, what identifies it. */
export function branchOf(ref: string): string {
  return ref
    .replace(/^refs\/(heads|tags)\//, '')
    .replace(/^refs\//, '')
    .replace(/\/(merge|head)$/, '');
}

/** A branch as part of a tag: `feature/x` → `feature-x`. */
export function slugOf(branch: string): string {
  return (
    branch
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 100) || 'none'
  );
}
