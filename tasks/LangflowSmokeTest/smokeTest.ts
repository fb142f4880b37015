import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { workingDirectory } from '../common/agent/inputs';
import { error, group, info, type SourceLocation } from '../common/agent/log';
import { publishSummary, publishTestResults, setOutput } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { kubeConfigFromConnection } from '../common/connections/kubernetes';
import { UserError } from '../common/errors';
import { KubernetesClient } from '../common/kubernetes/client';
import {
  addSection,
  digestsOf,
  readRelease,
  writeRelease,
  type ReleaseManifest,
} from '../common/release/release';
import { YamlMistake } from '../common/yaml';
import { readChecks, type Check } from './checks';
import type { SmokeTestInputs } from './inputs';
import { failureMessage, junitOf, lineOf, summaryOf, verdictOf } from './report';
import { runChecks, type Outcome } from './run';
import { Values } from './values';

/**
 * Makes all checks of the running release; the release manifest gets the section either way.
 * @returns the message of success
 * @throws UserError when the release does not pass
 */
export async function smokeTest(inputs: SmokeTestInputs, signal: AbortSignal): Promise<string> {
  const checks = checksOf(inputs);
  const manifest = await withoutFormerSection(inputs.releaseManifest);
  const config = kubeConfigFromConnection(inputs.kubernetesConnection);
  const context = {
    client: KubernetesClient.connect(config, inputs.namespace, systemClock),
    config,
    namespace: inputs.namespace,
    values: new Values(inputs.variables, secretVariables()),
    clock: systemClock,
  };
  const outcomes = await runChecks(
    checks,
    manifest.components,
    context,
    inputs.timeoutMs,
    signal,
    (outcome) => {
      tell(outcome, inputs.checks);
    },
  );
  const junit = await report(inputs, manifest, outcomes);
  if (!verdictOf(outcomes).passed) throw new UserError(failureMessage(outcomes, junit));
  return `All ${outcomes.length} checks passed.`;
}

/** A mistake in the file stands on the run page at its line, too. */
function checksOf({ checks, variables }: SmokeTestInputs): Check[] {
  try {
    return readChecks(checks, variables);
  } catch (thrown) {
    if (thrown instanceof YamlMistake) error(thrown.message, placeOf(checks, thrown.line));
    throw thrown;
  }
}

/** A verdict of an earlier run must not outlive a smoke test that ends before it has one of its own. */
async function withoutFormerSection(file: string): Promise<ReleaseManifest> {
  const { smokeTest: former, ...manifest } = await readRelease(file);
  if (former !== undefined) await writeRelease(file, manifest);
  return manifest;
}

/** The agent masks them in the log only; a service that echoes one would put it into the reports. */
function secretVariables(): string[] {
  return tl
    .getVariables()
    .filter(({ secret }) => secret)
    .map(({ value }) => value);
}

function tell(outcome: Outcome, file: string): void {
  info(lineOf(outcome));
  if (outcome.status === 'passed') return;
  const place = outcome.line === undefined ? undefined : placeOf(file, outcome.line);
  error(`${outcome.name}: ${outcome.reasons.join(' ')}`, place);
  if (outcome.output !== '') group(`What came: ${outcome.name}`, outcome.output);
}

function placeOf(file: string, line: number): SourceLocation {
  const sources = tl.getVariable('Build.SourcesDirectory') ?? workingDirectory();
  return { path: path.relative(sources, file), line };
}

/** Writes section, JUnit report, summary and outputs; returns the path of the JUnit report. */
async function report(
  inputs: SmokeTestInputs,
  manifest: ReleaseManifest,
  outcomes: readonly Outcome[],
): Promise<string> {
  const { passed, failed } = verdictOf(outcomes);
  const verdict = passed ? 'passed' : 'failed';
  const time = new Date(systemClock.now());
  await addSection(inputs.releaseManifest, 'smokeTest', {
    time: time.toISOString(),
    digests: digestsOf(manifest),
    checks: outcomes.length,
    failed,
    verdict,
  });
  const title = tl.getVariable('System.TaskDisplayName') ?? 'Smoke test Langflow';
  const junit = path.join(inputs.reportDirectory, 'langflow-smoke-test.xml');
  await mkdir(inputs.reportDirectory, { recursive: true });
  await writeFile(junit, junitOf(outcomes, time));
  publishTestResults(junit, title);
  publishSummary(title, summaryOf(outcomes, manifest.name));
  setOutput('verdict', verdict);
  setOutput('failedChecks', `${failed}`);
  return junit;
}
