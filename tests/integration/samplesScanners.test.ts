import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment } from '../environment';
import { INSTALLATIONS, renderedText, SAMPLES } from './support/sampleManifests';

/** Checks of Checkov that the samples do not follow, with the reason; all others pass. */
const LEFT_OUT = {
  kubernetes: {
    CKV_K8S_11: 'limits of CPU throttle pods while the node is idle; requests and limits of memory are set',
    CKV_K8S_14:
      'an image is the name of a component here: LangflowDeploy puts in its digest; exporters need one, too',
    CKV_K8S_15: 'an image that is named by its digest need not be looked up anew',
    CKV_K8S_21: 'the namespace is an input of the deployment',
    CKV_K8S_35: 'Langflow, PostgreSQL and exporters read passwords from their environment',
    CKV_K8S_40:
      'uid 1000 is that of the images, which run without privileges and with a read-only root file system',
    CKV_K8S_43: 'as CKV_K8S_14',
  },
  dockerfile: {
    CKV_DOCKER_2: 'runtime is the base of backend and worker, which have one',
    CKV_DOCKER_7: 'it does not follow FROM ${base}; components.yml names the bases',
  },
  bicep: {
    CKV_AZURE_8: 'wants an add-on switched off that AKS no longer has',
    CKV_AZURE_41: 'three secrets cannot expire, as modules/secrets.bicep says; the passwords do',
    CKV_AZURE_87: 'wants Defender for Key Vault in the resource that buys Defender for Containers',
    CKV_AZURE_166: 'quarantine is a preview: samples/infra/README.md, Decisions',
    CKV_AZURE_172: "does not know enableSecretRotation: 'true'",
  },
  azure_pipelines: {},
};

interface Report {
  summary: { passed: number; parsing_errors: number };
  results: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
}

describe('Samples, judged by Trivy and Checkov', function () {
  this.timeout(300_000);
  let folder: string;

  before(() => {
    localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
    for (const installation of INSTALLATIONS) {
      const name = `${installation.join('+').replaceAll('/', '-')}.yaml`;
      writeFileSync(path.join(folder, name), renderedText(...installation));
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('manifests and Dockerfiles have no misconfiguration of severity HIGH or CRITICAL', () => {
    for (const target of [folder, path.join(SAMPLES, 'langflow')])
      assert.deepEqual(misconfigurations(target), [], target);
  });

  for (const [framework, at] of [
    ['kubernetes', () => folder],
    ['dockerfile', () => path.join(SAMPLES, 'langflow')],
    ['azure_pipelines', () => SAMPLES],
    ['bicep', () => path.join(SAMPLES, 'infra')],
  ] as const)
    it(`pass every check of Checkov for ${framework} but those with a reason`, () => {
      const { summary, failed } = checkov(framework, at());
      assert.ok(summary.passed > 5, 'Checkov understood the files');
      // Its parser does not know lambdas, which prometheusRules.bicep has.
      assert.equal(summary.parsing_errors, framework === 'bicep' ? 1 : 0);
      const reasons = Object.keys(LEFT_OUT[framework]);
      assert.deepEqual(
        failed
          .filter(({ check_id }) => !reasons.includes(check_id))
          .map(({ check_id, check_name, resource }) => `${resource}: ${check_id} ${check_name}`),
        [],
      );
      assert.deepEqual(
        [...new Set(failed.map(({ check_id }) => check_id))].sort(),
        reasons.sort(),
        'every reason is needed',
      );
    });

  function misconfigurations(target: string): string[] {
    const ignored = `--ignorefile=${path.join(SAMPLES, 'langflow/trivyignore.yaml')}`;
    const options = ['--quiet', ignored, '--format=json', '--severity=HIGH,CRITICAL', '--skip-check-update'];
    const output = execFileSync('trivy', ['config', ...options, target], { encoding: 'utf8' });
    const { Results = [] } = JSON.parse(output) as {
      Results?: { Target: string; Misconfigurations?: { ID: string; Message: string }[] }[];
    };
    assert.ok(Results.length > 4, 'Trivy understood the files');
    return Results.flatMap(({ Target, Misconfigurations = [] }) =>
      Misconfigurations.map(({ ID, Message }) => `${Target}: ${ID} ${Message}`),
    );
  }

  function checkov(
    framework: string,
    target: string,
  ): { summary: Report['summary']; failed: Report['results']['failed_checks'] } {
    const options = [
      '--framework',
      framework,
      '--directory',
      target,
      '--compact',
      '--quiet',
      '--output=json',
      '--skip-download',
    ];
    // It ends with 1 when a check fails.
    const { stdout, stderr, status } = spawnSync('checkov', options, {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    assert.ok(status === 0 || status === 1, stderr);
    const { summary, results } = JSON.parse(stdout) as Report;
    return { summary, failed: results.failed_checks };
  }
});
