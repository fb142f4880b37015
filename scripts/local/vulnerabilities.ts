import * as path from 'node:path';
import { reachable } from './baseImages';
import { run } from './command';
import { REGISTRY, state } from './paths';
import { programPath, providePrograms } from './programs';

/** Where Trivy itself looks for its database. */
const VENDOR = ['mirror.gcr.io', 'ghcr.io'];
const OURS = `${REGISTRY}/trivy/trivy-db:2`;

/** The OCI reference of Trivy's database for the tasks; empty stands for the vendor's. */
export async function vulnerabilityDatabase(): Promise<string> {
  const answers = await Promise.all(VENDOR.map((host) => reachable(`https://${host}/v2/`)));
  return answers.some(Boolean) ? '' : OURS;
}

/** Pushes a small database of our own where the vendor's cannot be reached; anew each time, for the scan refuses an old one. */
export async function provideVulnerabilityDatabase(reference: string): Promise<string> {
  if (reference === '') return "the vendor's answers and is used";
  await providePrograms('trivy-db');
  const advisories = path.join(import.meta.dirname, 'tools/trivy-db/advisories.yml');
  await run(programPath('trivy-db'), ['--advisories', advisories, '--reference', reference], {
    env: { DOCKER_CONFIG: state('docker-config') },
  });
  return `${reference} pushed`;
}
