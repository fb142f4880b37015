import type { Program } from '../common/tools/program';
import { UserError } from '../common/errors';
import { run } from '../common/process';

const VERSION = '0.74.0';
const RELEASE = `https://github.com/aquasecurity/trivy/releases/download/v${VERSION}`;
const ARCHIVE = `trivy_${VERSION}`;

/** Published by an attacker in March 2026; they steal credentials (CVE-2026-33634, GHSA-69fq-xp46-6x23). */
const MALICIOUS = ['0.69.4', '0.69.5', '0.69.6'];

/** The first release after them. Of the older ones most were deleted by the attacker; none was tried with this task. */
const OLDEST = [0, 70] as const;

/**
 * Trivy. The checksums are those of `trivy_0.74.0_checksums.txt` of the release. GitHub could not be reached when they
 * were written down: each was taken from at least four unrelated public repositories that pin it and agree.
 */
export const TRIVY: Program = {
  name: 'trivy',
  version: VERSION,
  downloads: {
    'linux-x64': {
      url: `${RELEASE}/${ARCHIVE}_Linux-64bit.tar.gz`,
      sha256: '2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a',
    },
    'linux-arm64': {
      url: `${RELEASE}/${ARCHIVE}_Linux-ARM64.tar.gz`,
      sha256: 'b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5',
    },
    'darwin-x64': {
      url: `${RELEASE}/${ARCHIVE}_macOS-64bit.tar.gz`,
      sha256: '472816f6888dda689d075c30254d4210b4d1035acf365aa72332f584c2f60485',
    },
    'darwin-arm64': {
      url: `${RELEASE}/${ARCHIVE}_macOS-ARM64.tar.gz`,
      sha256: '1caada5e0e2091909357c7525d3aa76f4b660b13821bc143b190c7483e31cc11',
    },
    'win32-x64': {
      url: `${RELEASE}/${ARCHIVE}_windows-64bit.zip`,
      sha256: '94c40e0696e4b907a74b7b2e1438d5d72ebaca83115817407f568a002d520842',
    },
  },
  versionOf: async (file) => {
    const { tail } = await run(file, ['version', '--format', 'json'], { silent: true });
    const version = /"Version":\s*"v?(\d+\.\d+\.\d+[^"]*)"/.exec(tail.join('\n'))?.[1];
    if (version === undefined) {
      throw new UserError(
        `'${file} version --format json' does not state a version; it printed: ${tail.join(' ')}`,
      );
    }
    return version;
  },
  objection: (version) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (MALICIOUS.some((bad) => version === bad || version.startsWith(`${bad}-`))) {
      return (
        'this release is malicious and steals credentials (CVE-2026-33634). Remove it, treat every secret that this ' +
        `agent has seen as stolen, and install ${VERSION}.`
      );
    }
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      return `accepted is ${OLDEST.join('.')}.0 or newer. Install ${VERSION}, or take it off PATH to have it downloaded.`;
    }
    return undefined;
  },
};

/** Trivy with its archives from a mirror, a folder that has them under their own names; the checksums stay. */
export function trivyFrom(mirror: string | undefined): Program {
  if (mirror === undefined) return TRIVY;
  const downloads = Object.entries(TRIVY.downloads).map(([platform, download]) => [
    platform,
    download && { ...download, url: download.url.replace(RELEASE, mirror.replace(/\/+$/, '')) },
  ]);
  return { ...TRIVY, downloads: Object.fromEntries(downloads) as Program['downloads'] };
}
