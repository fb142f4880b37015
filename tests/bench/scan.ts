import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Finding } from '../../tasks/LangflowScan/findings';
import { localEnvironment } from '../environment';
import { manifestOf, pushedDigest, registryOf } from '../integration/support/images';
import { runStep } from '../agent/step';
import { table } from './table';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(PROJECT, 'samples/langflow');
const COMPONENTS = ['backend', 'worker', 'frontend'];
/** Of an image, as `trivy image` looks for them by default. */
const KINDS = 'vulnerability, misconfiguration, secret';

interface PlainReport {
  Results?: {
    Target: string;
    Vulnerabilities?: {
      VulnerabilityID: string;
      PkgName: string;
      InstalledVersion: string;
      Severity: string;
    }[];
    Secrets?: { RuleID: string; StartLine: number; Severity: string }[];
    Misconfigurations?: { ID: string; Severity: string }[];
  }[];
}

/**
 * Scans three images of Langflow and its sources in two ways, with a cold and with a warm cache: with `trivy image` three
 * times and `trivy fs` in sequence, as steps of one job would share one cache, and with the task. Compares what they found
 * one by one, and prints seconds and ratios. The images are those that `scripts/demo` has pushed.
 */
export async function benchScan(): Promise<void> {
  const environment = localEnvironment();
  const registry = registryOf(environment);
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-scan-'));
  try {
    const images = await Promise.all(
      COMPONENTS.map(async (name) => {
        const repository = `langflow/${name}`;
        const index = await pushedDigest(registry, repository, 'main');
        if (index === undefined)
          throw new Error(`${repository}:main is not in the registry: run scripts/demo first.`);
        const { manifests } = await manifestOf(registry, repository, index);
        const digest = manifests?.find(({ platform }) => platform?.architecture === 'amd64')?.digest ?? index;
        return { name, image: `${environment.registryHost}/${repository}`, digest };
      }),
    );

    const cache = path.join(folder, 'peer');
    const { username, password } = registry;
    const trivy = (command: string, output: string, ...args: string[]): number => {
      const started = performance.now();
      const common = [
        '--quiet',
        '--format',
        'json',
        '--cache-dir',
        cache,
        '--output',
        path.join(folder, output),
      ];
      execFileSync(
        'trivy',
        [command, ...common, '--db-repository', environment.databaseRepository, ...args],
        {
          env: { ...process.env, TRIVY_USERNAME: username, TRIVY_PASSWORD: password },
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      return (performance.now() - started) / 1_000;
    };
    const peer = (): number[] => [
      ...images.map(({ name, image, digest }) =>
        trivy('image', `${name}.json`, '--image-src', 'remote', `${image}@${digest}`),
      ),
      trivy('fs', 'source.json', '--scanners', 'vuln,misconfig,secret', '--skip-check-update', SOURCES),
    ];

    const releaseManifest = path.join(folder, 'release.json');
    const components = images.map((one) => ({
      ...one,
      platforms: ['linux/amd64'],
      baseImages: baseOf(one.name),
    }));
    writeFileSync(
      releaseManifest,
      JSON.stringify({ schemaVersion: 1, name: 'bench', source: { commit: '0'.repeat(40) }, components }),
    );
    const ours = async (): Promise<{ seconds: number; findings: Finding[] }> => {
      const started = performance.now();
      const outcome = await runStep({
        task: 'LangflowScan',
        resources: environment.resources,
        folder: mkdtempSync(path.join(folder, 'run-')),
        inputs: {
          ...{ releaseManifest, containerRegistry: 'langflow-acr', source: SOURCES, scanners: KINDS },
          ...{
            databaseRepository: environment.databaseRepository,
            cacheDirectory: path.join(folder, 'ours'),
          },
          ...{ reportDirectory: path.join(folder, 'reports') },
        },
      });
      const seconds = (performance.now() - started) / 1_000;
      const { report } = outcome.outputs;
      if (report === undefined) throw new Error(outcome.message);
      const { findings } = JSON.parse(readFileSync(report, 'utf8')) as { findings: { finding: Finding }[] };
      return { seconds, findings: findings.map(({ finding }) => finding) };
    };

    const cold = { peer: peer(), ours: await ours() };
    const warm = { peer: peer(), ours: await ours() };
    compare([...COMPONENTS, 'source'], folder, warm.ours.findings);
    const row = (what: string, times: number[], seconds: number, slowest: boolean): string[] => {
      const base = slowest ? Math.max(...times) : times.reduce((sum, time) => sum + time, 0);
      return [
        what,
        times.map((time) => time.toFixed(1)).join(' + '),
        seconds.toFixed(1),
        (seconds / base).toFixed(2),
      ];
    };
    console.log(
      table(
        ['Scan of Langflow, s', 'trivy image ×3 + trivy fs', 'LangflowScan', 'ours / theirs'],
        [
          row('cold, beside the sum', cold.peer, cold.ours.seconds, false),
          row('warm, beside the slowest', warm.peer, warm.ours.seconds, true),
          row('warm, beside the sum', warm.peer, warm.ours.seconds, false),
        ],
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As LangflowBuild notes them: backend and worker stand on one base image. */
function baseOf(component: string): { image: string; digest: string }[] {
  const digit = component === 'frontend' ? 'b' : 'a';
  return [{ image: 'docker.io/library/base', digest: `sha256:${digit.repeat(64)}` }];
}

/** Every finding of Trivy is one of ours, and the other way round. */
function compare(targets: readonly string[], folder: string, ours: readonly Finding[]): void {
  for (const target of targets) {
    const report = JSON.parse(readFileSync(path.join(folder, `${target}.json`), 'utf8')) as PlainReport;
    const theirs = (report.Results ?? []).flatMap(
      ({ Vulnerabilities = [], Secrets = [], Misconfigurations = [], Target }) => [
        ...Vulnerabilities.map((one) =>
          [one.VulnerabilityID, one.Severity, one.PkgName, one.InstalledVersion].join(' '),
        ),
        ...Secrets.map((one) => [one.RuleID, one.Severity, Target, one.StartLine].join(' ')),
        ...Misconfigurations.map((one) => [one.ID, one.Severity, Target].join(' ')),
      ],
    );
    const same = ours
      .filter((finding) => finding.target === target)
      .map((one) => {
        if (one.kind === 'vulnerability')
          return [one.id, one.severity, one.package, one.installedVersion].join(' ');
        return [one.id, one.severity, one.path, ...(one.kind === 'secret' ? [one.line] : [])].join(' ');
      });
    assert.deepEqual(same.sort(), theirs.sort(), target);
    console.log(`${target}: the same ${theirs.length} findings`);
  }
}
