import type { ReleaseManifest } from '../common/release/release';
import type { Status } from './policy';
import type { Scan } from './scanReport';
import { countBySeverity, findingsOf } from './wording';

type Section = NonNullable<ReleaseManifest['scan']>;

/** What the release manifest says of a scan. */
export function scanSection(
  { time, scannerVersion, database, policy, verdict }: Scan,
  digests: string[],
  reports: NonNullable<Section['reports']>,
): Section {
  const { judged, fixed } = verdict;
  const count = (wanted: Status): number => judged.filter(({ status }) => status === wanted).length;
  return {
    time: new Date(time).toISOString(),
    scanner: {
      name: 'Trivy',
      version: scannerVersion,
      databaseUpdatedAt: new Date(database.updatedAt).toISOString(),
      databaseVersion: database.version,
    },
    digests,
    severity: policy.thresholds.vulnerability,
    counts: countBySeverity(findingsOf(judged, 'blocking', 'known', 'tolerated')),
    findings: {
      blocking: count('blocking'),
      known: count('known'),
      tolerated: count('tolerated'),
      excepted: count('excepted'),
      new: judged.filter(({ isNew }) => isNew).length,
      fixed: fixed.length,
    },
    reports,
    verdict: verdict.passed ? 'passed' : 'failed',
  };
}
