import { mkdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { buildkitdConfig } from './buildkitdConfig';
import { run, succeeds } from './command';
import { BUILDER, REGISTRY, state } from './paths';
import { programPath } from './programs';
import { listens, start } from './service';

const PLUGIN = '/usr/local/lib/docker/cli-plugins/docker-buildx';

export async function startBuildkit(): Promise<string> {
  await mkdir(state('buildkit/root'), { recursive: true });
  const config = buildkitdConfig({
    root: state('buildkit/root'),
    address: BUILDER,
    registryHost: REGISTRY,
  });
  await writeFile(state('buildkit/buildkitd.toml'), config);
  return start({
    name: 'buildkitd',
    command: [programPath('buildkitd'), '--config', state('buildkit/buildkitd.toml')],
    files: [state('buildkit/buildkitd.toml')],
    ready: () => listens({ path: state('buildkit/buildkitd.sock') }),
  });
}

/** Makes `docker buildx` work; machine-wide, for a step has a Docker configuration folder of its own. */
export async function installBuildxPlugin(): Promise<string> {
  if (await succeeds('docker', ['buildx', 'version'])) return 'docker finds it';
  await mkdir(path.dirname(PLUGIN), { recursive: true });
  await rm(PLUGIN, { force: true });
  await symlink(programPath('docker-buildx'), PLUGIN);
  await run('docker', ['buildx', 'version']);
  await mkdir(state('buildkit'), { recursive: true });
  return `linked as ${PLUGIN}`;
}

export async function removeBuildxPlugin(): Promise<void> {
  const target = await readlink(PLUGIN).catch(() => undefined);
  if (target === programPath('docker-buildx')) await rm(PLUGIN);
}

/** Builds an image on our BuildKit and pushes it to our registry. */
export async function buildImage(dockerfile: string, context: string, image: string): Promise<void> {
  const buildx = programPath('docker-buildx');
  const env = { DOCKER_CONFIG: state('docker-config'), BUILDX_CONFIG: state('buildx') };
  if (!(await succeeds(buildx, ['inspect', 'local'], { env }))) {
    await run(buildx, ['create', '--name', 'local', '--driver', 'remote', BUILDER], { env });
  }
  const output = `type=image,name=${REGISTRY}/${image},push=true,oci-mediatypes=true`;
  const options = ['--builder=local', '--provenance=false', '--progress=plain', `--output=${output}`];
  await run(buildx, ['build', ...options, '--file', dockerfile, context], { env });
}
