import { randomBytes } from 'node:crypto';
import * as tl from 'azure-pipelines-task-lib/task';
import { error, group, info, warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { secretVariables } from '../common/agent/secrets';
import { systemClock } from '../common/clock';
import { UserError } from '../common/errors';
import { connect } from '../common/kubernetes/cluster';
import { readRelease, writeRelease, type ReleaseManifest } from '../common/release/release';
import { releaseOf, type ViewDraft } from '../common/view/draft';
import { YamlMistake } from '../common/yaml';
import { Budget } from './budget';
import { readChecks } from './checksFile';
import { Connections } from './connections';
import { evidenceOf } from './evidence';
import type { SmokeTestInputs } from './inputs';
import { fetchVariables } from './keyVault';
import type { ProbeContext } from './probe';
import { placeOf } from './place';
import { publish } from './publish';
import { failureMessage, lineOf, verdictOf } from './report';
import { rollBackRelease } from './rollback';
import { adjust, runChecks, type Outcome, type VariablePlan } from './run';
import { untilSettled } from './settle';
import { suitePlan } from './suite';
import { Values } from './values';
import { smokeTestView, type SmokeTestFacts } from './view';

/**
 * Makes all checks of the running release; the release manifest gets the section either way. A release that fails is
 * rolled back when the inputs want it.
 * @returns the message of success
 * @throws UserError when the release does not pass
 */
export async function smokeTest(
  inputs: SmokeTestInputs,
  signal: AbortSignal,
  view: ViewDraft,
): Promise<string> {
  view.releaseManifest = inputs.releaseManifest;
  const runId = newRunId();
  const manifest = await withoutFormerSection(inputs.releaseManifest);
  view.release = releaseOf(manifest);
  const builtIn = { RUN_ID: runId, NAMESPACE: inputs.namespace, RELEASE: manifest.name };
  const fetched = inputs.vault === undefined ? {} : await fetchVariables(inputs.vault, signal);
  const variables = { ...builtIn, ...inputs.variables, ...fetched };
  const file = planOfFile(inputs, variables);

  const cluster = await connect(inputs.cluster, inputs.namespace, signal);
  const { client, namespace } = cluster;
  const budget = new Budget(inputs.maxRequests);
  const connections = new Connections(cluster, systemClock, budget);
  const values = new Values(variables, [...secretVariables(), ...Object.values(fetched)]);
  const canary = manifest.deployment?.outcome === 'canary';
  const context: ProbeContext = {
    ...{ client, namespace, runId, values, clock: systemClock, connections, budget },
    canary,
  };
  info(`Run ${runId}; objects of this smoke test have that in their names.`);
  // As they come, so that a step that is cancelled shows those that had ended.
  const facts: SmokeTestFacts = { namespace, outcomes: [] };
  view.sections = () => ({ smokeTest: smokeTestView(facts) });
  let outcomes: Outcome[];
  try {
    await untilSettled(client, namespace, systemClock, signal);
    outcomes = await runAll(inputs, file, manifest, variables, context, facts, signal);
    facts.outcomes = outcomes;
  } finally {
    connections.close();
  }

  const { passed } = verdictOf(outcomes);
  const rollback =
    passed || inputs.rollback === undefined
      ? undefined
      : await rollBackRelease(cluster, inputs.rollback, signal);
  facts.rollback = rollback;
  const junit = await publish(inputs, manifest, outcomes, rollback);
  if (!passed) {
    throw new UserError(
      [failureMessage(outcomes, junit), ...(rollback ? [rollback.message] : [])].join('\n'),
    );
  }
  const { warnings } = verdictOf(outcomes);
  return warnings === 0
    ? localized('AllPassed', outcomes.length)
    : localized('PassedButSoft', outcomes.length - warnings, outcomes.length, warnings);
}

async function runAll(
  inputs: SmokeTestInputs,
  file: VariablePlan[],
  manifest: ReleaseManifest,
  variables: Readonly<Record<string, string>>,
  context: ProbeContext,
  { outcomes }: SmokeTestFacts,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { client, namespace } = context;
  const where = { client, namespace, components: manifest.components };
  const missing: Outcome[] = [];
  const suite: VariablePlan[] = [];
  if (inputs.suite !== undefined) {
    try {
      suite.push(await suitePlan(inputs.suite, client, namespace, variables));
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      // A release that cannot even be found does not pass; the other checks may say more.
      missing.push(notFound(thrown.message));
      missing.forEach(tell);
      outcomes.push(...missing);
    }
  }
  const plans = adjust([...file, ...suite], { soft: inputs.softChecks, skip: inputs.skipChecks });
  const options = {
    plans,
    components: manifest.components,
    timeoutMs: inputs.timeoutMs,
    onOutcome: (outcome: Outcome) => {
      tell(outcome);
      outcomes.push(outcome);
    },
    evidenceOf: (check: Parameters<typeof evidenceOf>[0]) => evidenceOf(check, where),
  };
  return [...missing, ...(await runChecks(options, context, signal))];
}

function notFound(reason: string): Outcome {
  return {
    name: 'Built-in checks can be made',
    group: 'Release',
    what: 'backend and credentials',
    place: undefined,
    status: 'failed',
    attempts: 1,
    durationMs: 0,
    reasons: [reason],
    output: '',
    evidence: '',
  };
}

/** A mistake in the file stands on the run page at its line, too. */
function planOfFile(
  { checks }: SmokeTestInputs,
  variables: Readonly<Record<string, string>>,
): VariablePlan[] {
  if (checks === undefined) return [];
  try {
    return [{ plan: readChecks(checks, variables), variables }];
  } catch (thrown) {
    if (thrown instanceof YamlMistake) error(thrown.message, placeOf(thrown));
    throw thrown;
  }
}

/** A verdict of an earlier run must not outlive a smoke test that ends before it has one of its own. */
async function withoutFormerSection(file: string): Promise<ReleaseManifest> {
  const { smokeTest: former, ...manifest } = await readRelease(file);
  if (former !== undefined) await writeRelease(file, manifest);
  return manifest;
}

/** `4711-9f3a`: the run's number, and what tells its attempts apart. */
function newRunId(): string {
  const build = (tl.getVariable('Build.BuildId') ?? '').replace(/\D/g, '').slice(-8);
  return [build, randomBytes(4).toString('hex')].filter((part) => part !== '').join('-');
}

function tell(outcome: Outcome): void {
  const { name, status, place, reasons, output, evidence } = outcome;
  info(lineOf(outcome));
  if (status === 'passed') return;
  const issue = status === 'warning' ? warning : error;
  issue(`${name}: ${reasons.join(' ')}`, place && placeOf(place));
  if (output !== '') group(`What came: ${name}`, output);
  if (evidence !== '') group(`What stands behind it: ${name}`, evidence);
}
