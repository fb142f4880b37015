import { runUrl } from '../common/agent/runInfo';
import { systemClock, type Clock } from '../common/clock';
import type { ReleaseManifest } from '../common/release/release';
import { UserError } from '../common/errors';

/**
 * Where a release comes from, by the predefined variables of the run.
 * @throws UserError when there is no commit, as for sources that are not in git
 */
export function sourceOf(
  variable: (name: string) => string | undefined,
  clock: Clock = systemClock,
): Pick<ReleaseManifest, 'source' | 'build'> {
  const commit = variable('Build.SourceVersion') ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(commit)) {
    throw new UserError(
      `The variable Build.SourceVersion is '${commit}', not a commit of git. A release names the commit that it was ` +
        'built from: run this step in a pipeline whose sources are in git.',
    );
  }
  const id = variable('Build.BuildId');
  return {
    source: {
      repository: withoutCredentials(variable('Build.Repository.Uri')),
      branch: variable('Build.SourceBranch'),
      commit,
    },
    build: id
      ? {
          id,
          url: runUrl(variable),
          time: new Date(clock.now()).toISOString(),
        }
      : undefined,
  };
}

/** `https://token@dev.azure.com/…` → `https://dev.azure.com/…`; what is no URL (`git@host:path`) has no password. */
function withoutCredentials(uri: string | undefined): string | undefined {
  if (!uri || !URL.canParse(uri)) return uri;
  const url = new URL(uri);
  url.username = '';
  url.password = '';
  return url.href;
}
