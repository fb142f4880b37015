import { UserError } from '../../common/errors';
import { run } from '../../common/process';
import type { Program } from '../../common/tools/program';

const SEMVER = /v(\d+\.\d+\.\d+[^\s"'}]*)/;

/** kustomize as a program of its own, from PATH or the tool cache; kubectl, which every agent image has, has one too. */
export const KUSTOMIZE: Program = {
  name: 'kustomize',
  version: '5.7.1',
  downloads: {},
  versionOf: (file) => versionOf(file, ['version']),
  objection: (version) =>
    Number(version.split('.')[0]) < 4
      ? 'accepted is 4.0.0 or newer. Install a newer one, or take it off PATH where kubectl is there too.'
      : undefined,
};

const HELM_VERSION = '3.19.0';
const HELM_RELEASE = `https://get.helm.sh/helm-v${HELM_VERSION}`;

/**
 * Helm. The checksums are those that the release states (`helm-v3.19.0-linux-amd64.tar.gz.sha256sum`). It could not be
 * reached when they were written down: each was taken from at least four unrelated public repositories that agree.
 */
export const HELM: Program = {
  name: 'helm',
  version: HELM_VERSION,
  downloads: {
    'linux-x64': {
      url: `${HELM_RELEASE}-linux-amd64.tar.gz`,
      sha256: 'a7f81ce08007091b86d8bd696eb4d86b8d0f2e1b9f6c714be62f82f96a594496',
    },
    'linux-arm64': {
      url: `${HELM_RELEASE}-linux-arm64.tar.gz`,
      sha256: '440cf7add0aee27ebc93fada965523c1dc2e0ab340d4348da2215737fc0d76ad',
    },
    'darwin-x64': {
      url: `${HELM_RELEASE}-darwin-amd64.tar.gz`,
      sha256: '09a108c0abda42e45af172be65c49125354bf7cd178dbe10435e94540e49c7b9',
    },
    'darwin-arm64': {
      url: `${HELM_RELEASE}-darwin-arm64.tar.gz`,
      sha256: '31513e1193da4eb4ae042eb5f98ef9aca7890cfa136f4707c8d4f70e2115bef6',
    },
    'win32-x64': {
      url: `${HELM_RELEASE}-windows-amd64.zip`,
      sha256: '6488630c2e5d5945ed990fa02fd9e99f9c6792cdbcd79eb264b6cfb90179d2d1',
    },
  },
  versionOf: (file) => versionOf(file, ['version', '--short']),
  objection: (version) =>
    Number(version.split('.')[0]) < 3 ? 'accepted is 3.0.0 or newer. Install Helm 3.' : undefined,
};

async function versionOf(file: string, args: readonly string[]): Promise<string> {
  const { tail } = await run(file, args, { silent: true });
  const version = SEMVER.exec(tail.join('\n'))?.[1];
  if (version === undefined)
    throw new UserError(
      `'${file} ${args.join(' ')}' does not state a version; it printed: ${tail.join(' ')}`,
    );
  return version;
}
