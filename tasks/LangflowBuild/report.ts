import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { sourcePath } from '../common/agent/inputs';
import * as log from '../common/agent/log';
import {
  attach,
  publishCoverage,
  publishSummary,
  publishTestResults,
  setOutput,
  temporaryFolder,
} from '../common/agent/results';
import { imageByDigest, type ReleaseManifest } from '../common/release/release';
import type { BuildResult } from './build';
import type { Component } from './components';
import { barsOf, svgGantt } from './gantt';
import type { BuildCheck } from './progress';
import { summaryOf } from './summary';
import type { TestReport } from './testReports';

/** Type of the attachment with the chart of the build. */
const GANTT = 'langflow.build.gantt';

/** Publishes what the tests left, also when they failed. */
export function publishTests(reports: readonly TestReport[]): void {
  for (const { test, junit, coverage, tests, failed, skipped } of reports) {
    log.info(`${test}: ${tests} tests, ${failed} failed, ${skipped} skipped.`);
    for (const file of junit) publishTestResults(file, test);
    for (const file of coverage) publishCoverage(file);
  }
}

/** Sets the outputs and adds the build to the run page. */
export function reportBuild(result: BuildResult, manifest: ReleaseManifest | undefined, file: string): void {
  const title = tl.getVariable('System.TaskDisplayName') ?? 'Build Langflow images';
  if (manifest) reportRelease(manifest, file);
  for (const check of result.checks) reportCheck(check, result.components);
  publishSummary(title, summaryOf(result, manifest));
  const bars = barsOf(result.vertices);
  if (bars.length > 0) {
    const chart = path.join(temporaryFolder(), 'build-gantt.svg');
    writeFileSync(chart, svgGantt(bars));
    attach(GANTT, `${title}.svg`, chart);
  }
}

/** The outputs of a release manifest. */
export function reportRelease(manifest: ReleaseManifest, file: string): void {
  for (const component of manifest.components) {
    log.info(`${component.name}: ${imageByDigest(component)}`);
    // A variable's name may hold no '-' in shells.
    setOutput(`digest_${component.name.replace(/-/g, '_')}`, component.digest);
  }
  setOutput('releaseManifest', file);
}

/** A warning at the line of the Dockerfile. */
function reportCheck(check: BuildCheck, components: readonly Component[]): void {
  const component = components.find(({ name }) => name === check.target);
  const message = [check.message, check.url].filter(Boolean).join(' ');
  if (!component || path.basename(component.dockerfile) !== path.basename(check.file)) log.warning(message);
  else log.warning(message, { path: sourcePath(component.dockerfile), line: check.line });
}
