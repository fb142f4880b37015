import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setUp } from '../../../../samples/infra/azure-devops/setUp';
import { AzureDevOpsServer } from './server';

const SAMPLE = readFileSync('samples/infra/azure-devops/settings.yml', 'utf8');
export const PASSWORD = 'correct horse "battery"';
export const SECRETS = {
  AZURE_DEVOPS_EXT_GITHUB_PAT: 'ghp_secretOfGitHub',
  LANGFLOW_AKS_TOKEN: Buffer.from('token-of-kubernetes').toString('base64'),
  LANGFLOW_AKS_CA: Buffer.from('certificate').toString('base64'),
  LANGFLOW_SUPERUSER_PASSWORD: PASSWORD,
};

export interface Options {
  /** Changes the sample's settings. */
  settings?: (text: string) => string;
  environment?: NodeJS.ProcessEnv;
}

/** A server of its own for each test, and the program run against it with a clock that does not wait. */
export class Harness {
  readonly server = new AzureDevOpsServer();
  /** Milliseconds. */
  readonly slept: number[] = [];
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'azure-devops-'));
  private organization = '';

  async start(): Promise<void> {
    this.organization = await this.server.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true });
  }

  async run(
    flags: string[],
    { settings = (text) => text, environment = SECRETS }: Options = {},
  ): Promise<{ code: number; text: string }> {
    const file = path.join(this.folder, 'settings.yml');
    writeFileSync(file, settings(SAMPLE.replace('https://dev.azure.com/contoso', this.organization)));
    const lines: string[] = [];
    let now = 0;
    const code = await setUp([file, ...flags], {
      environment: { AZURE_DEVOPS_EXT_PAT: this.server.token, ...environment },
      write: (line) => lines.push(line),
      clock: {
        now: () => now,
        sleep: (ms) => {
          this.slept.push(ms);
          now += ms;
          return Promise.resolve();
        },
      },
    });
    return { code, text: lines.join('\n') };
  }

  /** Applies the sample's settings, and forgets the calls. */
  async applied(): Promise<void> {
    const { code, text } = await this.run(['--apply']);
    assert.equal(code, 0, text);
    this.server.calls.length = 0;
  }
}
