import type { Finding, Severity } from './findings';
import type { Outcome } from './policy';
import { what } from './wording';

/**
 * SARIF 2.1.0 (OASIS), as far as this report uses it. It is made from the normal form, not by `trivy convert`, so that
 * other analysers can stand in it and a secret's surroundings cannot.
 */
export interface SarifLog {
  $schema: string;
  version: '2.1.0';
  runs: SarifRun[];
}

interface SarifRun {
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
  properties: { image: string; platform: string };
  results: {
    ruleId: string;
    ruleIndex: number;
    level: Level;
    message: { text: string };
    locations: object[];
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

/** One run for each image; an image that was not scanned has a run that says so, instead of one without results. */
export function sarifOf(outcomes: readonly Outcome[], scannerVersion: string): SarifLog {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: outcomes.map((outcome) => runOf(outcome, scannerVersion)),
  };
}

function runOf(outcome: Outcome, version: string): SarifRun {
  const { target } = outcome;
  const findings = 'report' in outcome ? outcome.report.findings : [];
  const rules = new Map(findings.map((finding) => [finding.id, finding]));
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
          ...helpOf(finding),
        })),
      },
    },
    automationDetails: { id: `langflow-scan/${target.component}/${target.platform}/` },
    invocations: [
      'failure' in outcome
        ? {
            executionSuccessful: false,
            toolExecutionNotifications: [{ level: 'error', message: { text: outcome.failure } }],
          }
        : { executionSuccessful: true },
    ],
    properties: { image: target.reference, platform: target.platform },
    results: findings.map((finding) => ({
      ruleId: finding.id,
      ruleIndex: ruleIndexes.get(finding.id) ?? -1,
      level: LEVELS[finding.severity],
      message: { text: `${what(finding)}${finding.title === '' ? '' : `: ${finding.title}`}` },
      locations: [locationOf(finding, target.component, target.reference)],
      properties: { severity: finding.severity },
    })),
  };
}

/** Viewers make a link of it, so nothing but a web address may stand there. */
function helpOf(finding: Finding): { helpUri?: string } {
  return finding.kind === 'vulnerability' && /^https?:\/\/\S+$/.test(finding.url ?? '')
    ? { helpUri: finding.url }
    : {};
}

/** The file in the image below the component's name, as if the image were a folder: viewers group by it. */
function locationOf(finding: Finding, component: string, image: string): object {
  const uri = [component, ...finding.path.split('/')]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/');
  return {
    physicalLocation: {
      artifactLocation: { uri },
      region: { startLine: finding.kind === 'secret' ? Math.max(1, finding.line) : 1 },
    },
    logicalLocations: [{ fullyQualifiedName: image, kind: 'module' }],
  };
}
