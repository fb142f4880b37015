import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import pLimit from 'p-limit';
import { info, warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { messageOf, UserError } from '../common/errors';
import { ProcessError } from '../common/process';
import {
  lacksJavaDatabase,
  linkDatabases,
  provideJavaDatabase,
  type Database,
  type DatabaseOptions,
} from './database';
import type { SbomFormat } from './inputs';
import type { Report } from './findings';
import type { Outcome } from './policy';
import { fileNameOf, lanesOf, type Target } from './targets';
import { reasonOf, reportFile, runTrivy, scanTarget, type ScanOptions, type Trivy } from './trivy';
import { readReport } from './trivyReport';
import { counts } from './wording';

export interface ScanPlan {
  trivy: Trivy;
  database: Database;
  databases: DatabaseOptions;
  options: ScanOptions;
  parallelism: number;
  sbomFormats: readonly SbomFormat[];
  /** Absolute path of the folder for SBOMs. */
  sbomFolder: string;
}

/** Outcomes in the order of the targets, and the SBOMs that were written. */
export interface Scanned {
  outcomes: Outcome[];
  sboms: string[];
}

/** Scans lanes at once, and the targets of a lane one after the other. One that fails does not keep others from it. */
export async function scanTargets(plan: ScanPlan, targets: readonly Target[]): Promise<Scanned> {
  const outcomes = new Map<Target, Outcome>();
  const sboms: string[] = [];
  const java = onceAtATime(() => provideJavaDatabase(plan.trivy, plan.databases));
  const scanLane = async (lane: readonly Target[]): Promise<void> => {
    const [first] = lane;
    if (first === undefined) return;
    const cache = path.join(plan.trivy.cache, `layers-${fileNameOf(first)}`);
    await linkDatabases(plan.trivy, plan.database, cache);
    for (const target of lane) {
      const outcome = await scanOne(plan, target, cache, java);
      outcomes.set(target, outcome);
      if ('report' in outcome) sboms.push(...sbomFiles(plan, target));
    }
  };
  await pLimit(plan.parallelism).map(lanesOf(targets), scanLane);
  return { outcomes: targets.flatMap((target) => outcomes.get(target) ?? []), sboms };
}

async function scanOne(
  plan: ScanPlan,
  target: Target,
  cache: string,
  java: () => Promise<void>,
): Promise<Outcome> {
  const { trivy } = plan;
  try {
    const json = await withJava(() => scanTarget(trivy, plan.options, target, cache), java);
    const report = readReport(json, target, trivy.version);
    await writeSboms(plan, target);
    tell(target, report);
    return { target, report };
  } catch (thrown) {
    trivy.signal.throwIfAborted();
    return { target, failure: failureOf(thrown) };
  }
}

/** What was already analysed is in the cache when the scan starts again. */
async function withJava(scan: () => Promise<string>, java: () => Promise<void>): Promise<string> {
  try {
    return await scan();
  } catch (thrown) {
    if (!lacksJavaDatabase(thrown)) throw thrown;
    await java();
    return scan();
  }
}

function tell({ name }: Target, report: Report): void {
  info(`${name}: ${counts(report.findings)}.`);
  if (report.endOfLife !== undefined) {
    warning(localized('EndOfLife', name, report.endOfLife));
  }
}

const SBOM_FILES = {
  cyclonedx: { format: 'cyclonedx', ending: 'cdx.json' },
  spdx: { format: 'spdx-json', ending: 'spdx.json' },
} as const;

/** An SBOM is another form of the report: nothing is read twice. A source folder has one by its lock files already. */
async function writeSboms(plan: ScanPlan, target: Target): Promise<void> {
  if (target.kind !== 'image' || plan.sbomFormats.length === 0) return;
  await mkdir(plan.sbomFolder, { recursive: true });
  await Promise.all(
    plan.sbomFormats.map((name) => {
      const { format } = SBOM_FILES[name];
      const output = path.join(plan.sbomFolder, `${fileNameOf(target)}.${SBOM_FILES[name].ending}`);
      return runTrivy(plan.trivy, `${target.name}: `, [
        ...['convert', '--quiet', '--format', format, '--output', output],
        reportFile(plan.trivy, target),
      ]);
    }),
  );
}

function sbomFiles({ sbomFolder, sbomFormats }: ScanPlan, target: Target): string[] {
  if (target.kind !== 'image') return [];
  return sbomFormats.map((name) => path.join(sbomFolder, `${fileNameOf(target)}.${SBOM_FILES[name].ending}`));
}

/** Whatever keeps a target from being scanned is said of that target; a defect of ours is not hidden in it. */
function failureOf(thrown: unknown): string {
  if (thrown instanceof ProcessError) return reasonOf(thrown);
  // A full disk, a report that is longer than a string may be.
  if (thrown instanceof UserError || (thrown instanceof Error && 'code' in thrown)) return messageOf(thrown);
  throw thrown;
}

/** Whoever calls while it is under way waits for the same end; it is not done again once it succeeded. */
function onceAtATime(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  return () => (current ??= work());
}
