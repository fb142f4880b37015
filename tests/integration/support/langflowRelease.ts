import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { LocalEnvironment } from '../../environment';
import { SampleRepository } from './sampleRepository';

const PROJECT = path.resolve(import.meta.dirname, '../../..');

/** The sample's Langflow in a namespace of its own. */
export interface LangflowRelease {
  /** Path of the release manifest. */
  file: string;
  /** Address of the frontend. */
  address: string;
}

const PIPELINE = `
trigger: [main]
variables:
  - group: langflow-production
stages:
  - stage: Release
    jobs:
      - job: Langflow
        steps:
          - checkout: self
          - task: LangflowBuild@1
            inputs:
              components: samples/langflow/components.yml
              containerRegistry: langflow-acr
              builder: $(builder)
          - task: LangflowDeploy@1
            inputs:
              releaseManifest: $(Build.ArtifactStagingDirectory)/langflow-release/release.json
              kubernetesServiceConnection: langflow-aks
              namespace: $(namespace)
              manifests: samples/langflow/manifests/overlays/local
              azureSubscription: langflow-azure
              keyVault: $(keyVault)
              secrets: samples/langflow/secrets.yml
          - publish: $(Build.ArtifactStagingDirectory)/langflow-release
            artifact: langflow-release
`;

/**
 * Builds and deploys the sample with the shipped tasks; minutes, most of them Langflow's own start.
 * @param change changes the overlay, in a folder of its own, before it is deployed
 */
export function deployLangflow(
  environment: LocalEnvironment,
  folder: string,
  namespace: string,
  change: (overlay: string) => void = () => undefined,
): LangflowRelease {
  const repository = new SampleRepository(folder);
  // Beside the sample's own and the e2e test's, so that these may go on running.
  const nodePort = randomInt(30_100, 32_700);
  const overlay = 'samples/langflow/manifests/overlays/local';
  repository.edit(`${overlay}/node-port.yaml`, 'nodePort: 30080', `nodePort: ${nodePort}`);
  change(repository.file(overlay));
  writeFileSync(repository.file('pipeline.yml'), PIPELINE);
  repository.commit('First');
  const runs = path.join(folder, 'runs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      path.join(PROJECT, 'dist/cli/langflow-pipeline.js'),
      'run',
      repository.file('pipeline.yml'),
      '--resources',
      path.join(environment.state, 'resources.yml'),
      '--output',
      runs,
      '--variable',
      `namespace=${namespace}`,
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`Langflow was not deployed:\n${stdout.slice(-5_000)}`);
  return {
    file: path.join(runs, '1/artifacts/langflow-release/release.json'),
    address: `http://127.0.0.1:${nodePort}`,
  };
}
