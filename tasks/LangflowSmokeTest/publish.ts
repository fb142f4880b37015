import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { attach, publishSummary, publishTestResults, setOutput } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { addSection, digestsOf, type ReleaseManifest } from '../common/release/release';
import { htmlReport } from './htmlReport';
import type { SmokeTestInputs } from './inputs';
import { junitOf, summaryOf, verdictOf } from './report';
import type { RollbackOutcome } from './rollback';
import type { Outcome } from './run';

/** Type of the attachment that holds the HTML report. */
const HTML_ATTACHMENT = 'langflow-smoke-test';

/** Writes section, JUnit and HTML report, summary and outputs; returns the path of the JUnit report. */
export async function publish(
  inputs: SmokeTestInputs,
  manifest: ReleaseManifest,
  outcomes: readonly Outcome[],
  rollback: RollbackOutcome | undefined,
): Promise<string> {
  const { passed, failed, warnings } = verdictOf(outcomes);
  const verdict = passed ? 'passed' : 'failed';
  const time = new Date(systemClock.now());
  await addSection(inputs.releaseManifest, 'smokeTest', {
    time: time.toISOString(),
    digests: digestsOf(manifest),
    checks: outcomes.length,
    failed,
    warnings,
    verdict,
    ...(rollback && { rollback: rollback.outcome }),
  });
  const title = tl.getVariable('System.TaskDisplayName') ?? 'Smoke test Langflow';
  const notes = rollback === undefined ? [] : [rollback.message];
  const [junit, html] = ['xml', 'html'].map((ending) =>
    path.join(inputs.reportDirectory, `langflow-smoke-test.${ending}`),
  ) as [string, string];
  await mkdir(inputs.reportDirectory, { recursive: true });
  await writeFile(junit, junitOf(outcomes, time));
  const about = { release: manifest.name, namespace: inputs.namespace, time, notes };
  await writeFile(html, htmlReport(outcomes, about));
  publishTestResults(junit, title);
  attach(HTML_ATTACHMENT, `${title}.html`, html);
  publishSummary(title, summaryOf(outcomes, manifest.name, notes));
  setOutput('verdict', verdict);
  setOutput('failedChecks', `${failed}`);
  if (rollback) setOutput('rollback', rollback.outcome);
  return junit;
}
