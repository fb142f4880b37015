import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { judge } from '../../tasks/LangflowScan/policy';
import { shortPolicy } from '../../tasks/LangflowScan/shortPolicy';
import { writeReports } from '../../tasks/LangflowScan/reports';
import { summaryOf } from '../../tasks/LangflowScan/summary';
import { readReport } from '../../tasks/LangflowScan/trivyReport';
import { target, trivyReport } from '../unit/LangflowScan/samples';
import { table } from './table';

/** What 1,000, 10,000 and 100,000 findings of one image cost us, from Trivy's JSON to all reports. */
export async function benchFindings(): Promise<void> {
  const rows: string[][] = [];
  for (const count of [1_000, 10_000, 100_000]) {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-findings-'));
    try {
      const json = reportOf(count);
      const started = performance.now();
      const backend = target('backend');
      const outcomes = [{ target: backend, report: readReport(json, backend, '0.74.0') }];
      const read = performance.now();
      const policy = shortPolicy({ severity: 'HIGH', ignoreUnfixed: false });
      const now = Date.now();
      const circumstances = { policy, baseline: undefined, databaseTime: now, maximumDatabaseAgeMs: 1, now };
      const verdict = judge([backend], outcomes, circumstances);
      const scan = {
        ...{
          time: now,
          outcomes,
          analysers: undefined,
          analyserRuns: [],
          verdict,
          policy,
          baseline: undefined,
        },
        ...{ scannerVersion: '0.74.0', database: { folder: '', version: 2, updatedAt: now, source: 'x' } },
      };
      await writeReports(scan, folder);
      summaryOf(scan);
      const done = performance.now();
      const seconds = (ms: number): string => (ms / 1_000).toFixed(2);
      const peak = process.resourceUsage().maxRSS / 1_000;
      rows.push([
        ...[String(count), (json.length / 1e6).toFixed(0), seconds(read - started), seconds(done - read)],
        peak.toFixed(0),
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.log(
    table(['Findings', "MB of Trivy's JSON", 'read, s', 'judge and write, s', 'peak memory, MB'], rows),
  );
}

/** Findings as long as real ones: about 1.5 kB each, of which the description is the most. */
function reportOf(count: number): string {
  const report = trivyReport(target('backend'));
  const [system] = report.Results;
  const vulnerability = (index: number): object => ({
    ...{ VulnerabilityID: `CVE-2026-${index}`, PkgName: `package-${index % 500}`, InstalledVersion: '1.0' },
    ...{ FixedVersion: `1.${index % 90}`, Severity: ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'][index % 4] },
    ...{ Title: `title ${index}`, Description: 'd'.repeat(1_200) },
  });
  report.Results = [
    { ...system, Vulnerabilities: Array.from({ length: count }, (_, index) => vulnerability(index)) },
  ];
  return JSON.stringify(report);
}
