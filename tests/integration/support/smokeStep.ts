import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { readRelease, type SmokeTest } from '../../../tasks/common/release/release';
import { runStep, type StepOptions, type StepOutcome } from '../../agent/step';
import type { LocalEnvironment } from '../../environment';
import { summaryOf } from './files';

export interface SmokeOutcome extends StepOutcome {
  /** The section of the release manifest. */
  section: SmokeTest | undefined;
  junit: string;
  html: string;
  summary: string;
  /** Names of the checks that failed → why, from the step's message. */
  failures: Record<string, string>;
}

export interface SmokePlace {
  environment: LocalEnvironment;
  /** For the folders of the runs. */
  folder: string;
  namespace: string;
}

interface ReleasedComponent {
  name: string;
  image: string;
  digest: string;
}

/**
 * Runs LangflowSmokeTest.
 * @param checks content of the file; undefined: there is none
 * @param release the components, or the path of a release manifest
 */
export async function smokeStep(
  { environment, folder, namespace }: SmokePlace,
  checks: string | undefined,
  release: readonly ReleasedComponent[] | string,
  { inputs, ...more }: Partial<StepOptions> = {},
): Promise<SmokeOutcome> {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const sources = path.join(run, 's');
  mkdirSync(sources);
  if (checks !== undefined) writeFileSync(path.join(sources, 'smoke.yml'), checks);
  const releaseManifest = typeof release === 'string' ? release : path.join(run, 'release.json');
  if (typeof release !== 'string') {
    const components = release.map((each) => ({ ...each, platforms: ['linux/amd64'], baseImages: [] }));
    const source = { commit: '0'.repeat(40) };
    writeFileSync(releaseManifest, JSON.stringify({ schemaVersion: 1, name: 'r-1', source, components }));
  }
  const outcome = await runStep({
    task: 'LangflowSmokeTest',
    resources: environment.resources,
    folder: run,
    sources,
    ...more,
    inputs: {
      releaseManifest,
      kubernetesServiceConnection: 'langflow-aks',
      namespace,
      ...(checks === undefined ? {} : { suite: 'none', checks: 'smoke.yml' }),
      ...inputs,
    },
  });
  const html = outcome.attachments.find(({ type }) => type === 'langflow-smoke-test');
  return {
    ...outcome,
    section: (await readRelease(releaseManifest)).smokeTest,
    junit: read(outcome.testResults[0]?.file),
    html: read(html?.file),
    summary: summaryOf(outcome),
    failures: failuresOf(read(outcome.testResults[0]?.file)),
  };
}

/** From the JUnit report; its message begins with a line that says what was done. */
function failuresOf(junit: string): Record<string, string> {
  const cases = [...junit.matchAll(/<testcase [^>]*name="([^"]*)"[^>]*>\n<failure message="([^"]*)"/g)];
  return Object.fromEntries(
    cases.map(([, name = '', message = '']) => {
      const [, ...reasons] = unescapeXml(message).split('\n');
      return [unescapeXml(name), reasons.join(' ')];
    }),
  );
}

function unescapeXml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

function read(file: string | undefined): string {
  return file === undefined ? '' : readFileSync(file, 'utf8');
}
