import type { Finding, Severity } from './findings';
import type { Outcome, Verdict } from './policy';
import type { Target } from './targets';
import { what } from './wording';

/**
 * SARIF 2.1.0 (OASIS), as far as this report uses it. It is made from the normal form, not by `trivy convert`, so that
 * other analysers can stand in it and a secret's surroundings cannot.
 */
export interface SarifRun {
  tool: {
    driver: {
      name: string;
      version: string;
      informationUri: string;
      rules: { id: string; shortDescription: { text: string }; helpUri?: string }[];
    };
  };
  automationDetails: { id: string };
  invocations: { executionSuccessful: boolean; toolExecutionNotifications?: object[] }[];
  properties: Record<string, string>;
  results: {
    ruleId: string;
    ruleIndex: number;
    level: Level;
    message: { text: string };
    locations: object[];
    baselineState?: 'new' | 'unchanged';
    suppressions?: { kind: 'external'; justification: string }[];
    properties: { severity: Severity };
  }[];
}

type Level = 'error' | 'warning' | 'note';

const LEVELS: Record<Severity, Level> = {
  CRITICAL: 'error',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'note',
  UNKNOWN: 'warning',
};

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * The text of the log in parts, one a run: a run for each target, then those of other analysers as they are.
 * @param hasBaseline whether results say if the baseline has them
 */
export function* sarifText(
  outcomes: readonly Outcome[],
  verdict: Pick<Verdict, 'judged'>,
  scannerVersion: string,
  analyserRuns: readonly object[],
  hasBaseline: boolean,
): Generator<string> {
  yield `{"$schema":${JSON.stringify(SCHEMA)},"version":"2.1.0","runs":[`;
  let separator = '\n';
  for (const outcome of outcomes) {
    yield separator + JSON.stringify(runOf(outcome, verdict, scannerVersion, hasBaseline));
    separator = ',\n';
  }
  for (const run of analyserRuns) {
    yield separator + JSON.stringify(run);
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** A target that was not scanned has a run that says so, instead of one without results. */
function runOf(
  outcome: Outcome,
  verdict: Pick<Verdict, 'judged'>,
  version: string,
  hasBaseline: boolean,
): SarifRun {
  const { target } = outcome;
  const judged = verdict.judged.filter(
    ({ finding }) => finding.kind !== 'code' && finding.target === target.name,
  );
  const rules = new Map(judged.map(({ finding }) => [finding.id, finding]));
  const ruleIndexes = new Map([...rules.keys()].map((id, index) => [id, index]));
  return {
    tool: {
      driver: {
        name: 'Trivy',
        version,
        informationUri: 'https://trivy.dev/',
        rules: [...rules.values()].map((finding) => ({
          id: finding.id,
          shortDescription: { text: finding.title || finding.id },
          ...(finding.url !== undefined && { helpUri: finding.url }),
        })),
      },
    },
    automationDetails: { id: automationId(target) },
    invocations: [
      'failure' in outcome
        ? {
            executionSuccessful: false,
            toolExecutionNotifications: [{ level: 'error', message: { text: outcome.failure } }],
          }
        : { executionSuccessful: true },
    ],
    properties:
      target.kind === 'image'
        ? { image: target.reference, platform: target.platform }
        : { target: target.name },
    results: judged.map(({ finding, isNew, reason }) => ({
      ruleId: finding.id,
      ruleIndex: ruleIndexes.get(finding.id) ?? -1,
      level: LEVELS[finding.severity],
      message: { text: `${what(finding)}${finding.title === '' ? '' : `: ${finding.title}`}` },
      locations: [locationOf(finding, target)],
      ...(hasBaseline && { baselineState: isNew ? 'new' : 'unchanged' }),
      ...(reason !== undefined && { suppressions: [{ kind: 'external', justification: reason }] }),
      properties: { severity: finding.severity },
    })),
  };
}

/** What tells the runs of one log apart (3.17); viewers compare runs of one id over time. */
function automationId(target: Target): string {
  return target.kind === 'image'
    ? `langflow-scan/${encodeURIComponent(target.component ?? target.name)}/${target.platform}/`
    : `langflow-scan/${encodeURIComponent(target.name)}/`;
}

/** The file in an image stands below the target's name, as if the image were a folder: viewers group by it. */
function locationOf(finding: Finding, target: Target): object {
  const top =
    target.kind === 'source'
      ? []
      : [target.kind === 'image' ? (target.component ?? target.name) : target.name];
  const uri = [...top, ...finding.path.split('/')]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/');
  const image = target.kind === 'image' ? target.reference : undefined;
  return {
    physicalLocation: {
      artifactLocation: { uri: uri === '' ? '.' : uri },
      region: { startLine: Math.max(1, finding.line ?? 1) },
    },
    ...(image !== undefined && { logicalLocations: [{ fullyQualifiedName: image, kind: 'module' }] }),
  };
}
