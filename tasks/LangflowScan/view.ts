import type { Finding as FindingView, Scan as ScanView } from '../common/view/view.generated';
import type { Finding } from './findings';
import { topFixes } from './fixes';
import type { Judged } from './policy';
import type { Scan } from './scanReport';
import { artifactOf } from './targets';
import { countBySeverity, countByStatus, expiredSentences, findingsOf, policyText } from './wording';

/** Findings that are shown, the gravest first: some 200 bytes each. */
const MOST_FINDINGS = 20_000;
const FIXES = 50;

/** The section of the results tab. */
export function scanView(scan: Scan, downloads: ScanView['downloads']): ScanView {
  const { verdict, policy, scannerVersion, database, baseline, outcomes } = scan;
  const { judged, fixed } = verdict;
  const targets: ScanView['targets'] = outcomes.map((outcome) => ({
    name: outcome.target.name,
    kind: outcome.target.kind,
    artifact: artifactOf(outcome.target),
    ...('component' in outcome.target && { component: outcome.target.component }),
    ...('failure' in outcome ? { failure: outcome.failure } : { endOfLife: outcome.report.endOfLife }),
  }));
  const tables = new Tables(targets);
  const current = judged.slice(0, MOST_FINDINGS).map((one) => tables.judged(one));
  const former = fixed.slice(0, MOST_FINDINGS - current.length).map((one) => tables.fixed(one));
  return {
    verdict: verdict.passed ? 'passed' : 'failed',
    policy: policyText(policy),
    scanner: { name: 'Trivy', version: scannerVersion },
    database: {
      updatedAt: Number.isFinite(database.updatedAt) ? new Date(database.updatedAt).toISOString() : '',
      source: database.source,
      version: database.version,
    },
    hasBaseline: baseline !== undefined,
    counts: {
      severity: countBySeverity(findingsOf(judged, 'blocking', 'known', 'tolerated')),
      ...countByStatus(verdict),
    },
    doubts: [...verdict.doubts, ...expiredSentences(verdict)],
    targets,
    rules: tables.rules,
    findings: [...current, ...former],
    omittedFindings: judged.length + fixed.length - current.length - former.length,
    fixes: topFixes(judged, FIXES),
    downloads: [...downloads],
  };
}

/** Thousands of findings share a few hundred rules and a few targets: each is there once, and referred to by its index. */
class Tables {
  readonly rules: ScanView['rules'] = [];
  private readonly ruleIndex = new Map<string, number>();
  private readonly targetIndex = new Map<string, number>();

  /** @param targets what was scanned; gets those that only a finding names */
  constructor(private readonly targets: ScanView['targets']) {
    targets.forEach(({ name }, index) => this.targetIndex.set(name, index));
  }

  judged({ finding, status, isNew, reason }: Judged): FindingView {
    return {
      ...this.common(finding),
      state: status,
      ...(isNew && { isNew }),
      ...(reason !== undefined && { reason }),
    };
  }

  fixed(finding: Finding): FindingView {
    return { ...this.common(finding), state: 'fixed' };
  }

  private common(finding: Finding): Omit<FindingView, 'state'> {
    const { severity, path, line } = finding;
    return {
      target: this.indexOfTarget(finding.target),
      rule: this.indexOfRule(finding),
      severity,
      ...('package' in finding && finding.package !== '' && { package: finding.package }),
      ...(path !== '' && { file: path }),
      ...(line !== undefined && { line }),
      ...ownFields(finding),
    };
  }

  private indexOfTarget(name: string): number {
    const known = this.targetIndex.get(name);
    if (known !== undefined) return known;
    // Analysers speak of sources that need not be a target; fixed findings of targets that are no more.
    this.targets.push({ name, kind: name === 'source' ? 'source' : 'former' });
    this.targetIndex.set(name, this.targets.length - 1);
    return this.targets.length - 1;
  }

  private indexOfRule({ kind, id, title, url }: Finding): number {
    const key = JSON.stringify([kind, id, title, url]);
    const known = this.ruleIndex.get(key);
    if (known !== undefined) return known;
    this.rules.push({
      kind,
      id,
      ...(title !== '' && { title }),
      ...(url !== undefined && /^https?:\/\//.test(url) && { url }),
    });
    this.ruleIndex.set(key, this.rules.length - 1);
    return this.rules.length - 1;
  }
}

function ownFields(finding: Finding): Partial<FindingView> {
  switch (finding.kind) {
    case 'vulnerability':
      return {
        installed: finding.installedVersion,
        ...(finding.fixedVersion !== '' && { fixed: finding.fixedVersion }),
        ...(finding.layer !== undefined && { layer: finding.layer }),
      };
    case 'misconfiguration':
      return { message: finding.message, advice: finding.resolution };
    case 'code':
      return { message: finding.message };
    case 'secret':
    case 'licence':
      return {};
  }
}
