import type { ReleaseManifest } from '../common/release/release';
import type { Scan } from './scanReport';
import { countBySeverity, countByStatus, findingsOf } from './wording';

type Section = NonNullable<ReleaseManifest['scan']>;

/** What the release manifest says of a scan. */
export function scanSection(
  { time, scannerVersion, database, policy, verdict }: Scan,
  digests: string[],
  reports: NonNullable<Section['reports']>,
): Section {
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
    counts: countBySeverity(findingsOf(verdict.judged, 'blocking', 'known', 'tolerated')),
    findings: countByStatus(verdict),
    reports,
    verdict: verdict.passed ? 'passed' : 'failed',
  };
}
