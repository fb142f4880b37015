import { reachable } from './baseImages';
import { run } from './command';
import { REGISTRY, ROOT, state } from './paths';
import { hasImage } from './registry';

/** Where Trivy itself looks for its database. */
const VENDOR = ['mirror.gcr.io', 'ghcr.io'];
const OURS = { repository: 'trivy/trivy-db', tag: '2' };

/** The OCI reference of Trivy's database for the tasks; empty stands for the vendor's. */
export async function vulnerabilityDatabase(): Promise<string> {
  const answers = await Promise.all(VENDOR.map((host) => reachable(`https://${host}/v2/`)));
  return answers.some(Boolean) ? '' : `${REGISTRY}/${OURS.repository}:${OURS.tag}`;
}

/** Pushes a small database of our own where the vendor's cannot be reached. */
export async function provideVulnerabilityDatabase(reference: string): Promise<string> {
  if (reference === '') return "the vendor's answers and is used";
  if (await hasImage(OURS.repository, OURS.tag)) return `${reference} is there`;
  const script = `${ROOT}/scripts/local/trivy-db/push.ts`;
  await run(`${ROOT}/node_modules/.bin/tsx`, [script, '--reference', reference], {
    env: { DOCKER_CONFIG: state('docker-config') },
  });
  return `${reference} pushed`;
}
