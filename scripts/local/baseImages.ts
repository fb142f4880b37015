import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import * as path from 'node:path';
import { buildImage } from './buildkit';
import { run } from './command';
import { CACHE } from './paths';
import { programPath, providePrograms } from './programs';
import { hasImage } from './registry';

const DOCKER_HUB = 'https://registry-1.docker.io/v2/';
const ROOTS = path.join(CACHE, 'base-images');

/** What the sandbox of every pod runs. */
export const PAUSE = { repository: 'langflow-local/pause', tag: '1' };

/** What buildx's drivers start. */
export const BUILDKIT = { repository: 'mirror/moby/buildkit', tag: 'buildx-stable-1' };

/** Stand-ins for images of Docker Hub, from Debian's packages. */
const STAND_INS = [
  { name: 'debian', repository: 'mirror/library/debian', tag: 'bookworm-slim', packages: [] },
  {
    name: 'python',
    repository: 'mirror/library/python',
    tag: '3.11-slim-bookworm',
    packages: ['python3', 'python3-pip', 'python3-venv', 'ca-certificates', 'netbase', 'tzdata'],
  },
];

/** Puts the images of the sample's FROM lines into the mirror, unless Docker Hub itself can be reached. */
export async function provideBaseImages(): Promise<string> {
  if (await reachable(DOCKER_HUB)) return 'Docker Hub answers and is used';
  const done = [];
  for (const { name, repository, tag, packages } of STAND_INS) {
    const there = await hasImage(repository, tag);
    if (!there) {
      await makeRoot(name, packages);
      await buildImage(dockerfile(name), ROOTS, `${repository}:${tag}`);
    }
    done.push(`${repository}:${tag} ${there ? 'is there' : 'pushed'}`);
  }
  return done.join(', ');
}

/** Puts BuildKit's own image, which buildx's drivers docker-container and kubernetes start, into the mirror. */
export async function provideBuildkitImage(): Promise<string> {
  if (await reachable(DOCKER_HUB)) return 'Docker Hub answers and is used';
  const image = `${BUILDKIT.repository}:${BUILDKIT.tag}`;
  if (await hasImage(BUILDKIT.repository, BUILDKIT.tag)) return `${image} is there`;
  await providePrograms('buildctl');
  for (const name of ['buildkitd', 'buildctl'] as const)
    await copyFile(programPath(name), path.join(ROOTS, name));
  await buildImage(dockerfile('buildkit'), ROOTS, image);
  return `${image} pushed`;
}

export async function providePauseImage(): Promise<string> {
  const image = `${PAUSE.repository}:${PAUSE.tag}`;
  if (await hasImage(PAUSE.repository, PAUSE.tag)) return `${image} is there`;
  await mkdir(ROOTS, { recursive: true });
  await copyFile('/bin/busybox', path.join(ROOTS, 'busybox'));
  await buildImage(dockerfile('pause'), ROOTS, image);
  return `${image} pushed`;
}

/** Whether anything answers there, with whatever status. */
export async function reachable(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  );
}

/** Debian's root file system with its security updates and, as in the slim images, without manuals. */
async function makeRoot(name: string, packages: string[]): Promise<void> {
  const target = path.join(ROOTS, `${name}.tar`);
  if (existsSync(target)) return;
  await mkdir(ROOTS, { recursive: true });
  const without = ['doc', 'man', 'info', 'locale'].map(
    (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
  );
  const included = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
  await run('mmdebstrap', ['--variant=minbase', ...without, ...included, 'bookworm', `${target}.part.tar`]);
  await rename(`${target}.part.tar`, target);
}

function dockerfile(name: string): string {
  return path.join(import.meta.dirname, 'base-images', `${name}.Dockerfile`);
}
