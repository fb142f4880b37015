import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { bakeFile, allowances, type BakeOptions } from '../../tasks/LangflowBuild/bakeFile';
import type { Component } from '../../tasks/LangflowBuild/components';
import { parseComponents } from '../../tasks/LangflowBuild/componentsFile';
import { localEnvironment } from '../environment';
import { startBuildkitd, type Buildkitd } from '../integration/support/buildkitd';
import { buildStep, writeFiles } from '../integration/support/buildStep';
import { table } from './table';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = ['runtime', 'backend', 'worker', 'frontend'];
/** What the sequential peer builds, in the order in which the images need each other. */
const IMAGES: { name: string; folder?: string; base?: string }[] = [
  { name: 'runtime' },
  { name: 'page', folder: 'runtime' },
  { name: 'backend', base: 'runtime' },
  { name: 'worker', base: 'runtime' },
  { name: 'frontend', base: 'page' },
];

/** A way of building the same images; each has a daemon, a copy of the sources and repositories of its own. */
interface Contender {
  name: string;
  build: (where: Where) => Promise<void>;
}

interface Where {
  sources: string;
  prefix: string;
  daemon: Buildkitd;
}

/**
 * Builds Langflow's images in three ways: one after the other as Docker@2 does, with bare `docker buildx bake` and the
 * definition of the task, and with the task. Prints seconds and ratios.
 */
export async function benchBuild(): Promise<void> {
  const environment = localEnvironment();
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-build-'));
  // Both ways trust what the agent trusts: the proxy of a network may inspect TLS.
  const caBundle = path.join(environment.state, 'ca.pem');
  const nonce = randomBytes(4).toString('hex');
  const docker = {
    ...process.env,
    DOCKER_CONFIG: path.join(environment.state, 'docker-config'),
    BUILDX_CONFIG: path.join(folder, 'buildx'),
  };
  const buildx = (...args: string[]): void => {
    execFileSync('docker', ['buildx', ...args], { env: docker, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const withBuilder = (daemon: Buildkitd, use: (builder: string) => void): void => {
    const builder = `bench-${randomBytes(4).toString('hex')}`;
    buildx('create', '--name', builder, '--driver', 'remote', daemon.address);
    use(builder);
    buildx('rm', builder);
  };
  const image = (prefix: string, name: string): string => `${environment.registryHost}/${prefix}/${name}`;

  const contenders: Contender[] = [
    {
      name: 'docker build, one after the other',
      build: ({ sources, prefix, daemon }) => {
        withBuilder(daemon, (builder) => {
          for (const { name, folder: context = name, base } of IMAGES) {
            const on = base ? ['--build-context', `${base}=docker-image://${image(prefix, base)}:7`] : [];
            const stage = context === name ? [] : ['--target', name];
            const ca = ['--secret', `id=ca,src=${caBundle}`];
            const output = ['--push', '--tag', `${image(prefix, name)}:7`, '--provenance=false', '--quiet'];
            const where = ['--builder', builder, path.join(sources, context)];
            buildx('build', ...on, ...stage, ...ca, ...output, ...where);
          }
        });
        return Promise.resolve();
      },
    },
    {
      name: 'bare docker buildx bake',
      build: ({ sources, prefix, daemon }) => {
        const components = readComponents(sources);
        const options = optionsFor(
          `${environment.registryHost}/${prefix}`,
          path.join(folder, 'tests'),
          caBundle,
        );
        const file = path.join(sources, '../bake.json');
        writeFileSync(file, JSON.stringify(bakeFile(components, options, 'release')));
        const allowed = allowances(components, options).map((one) => `--allow=${one}`);
        withBuilder(daemon, (builder) => {
          const metadata = path.join(sources, '../metadata.json');
          buildx(
            'bake',
            '--builder',
            builder,
            '--file',
            file,
            '--metadata-file',
            metadata,
            '--progress=quiet',
            ...allowed,
          );
        });
        return Promise.resolve();
      },
    },
    {
      name: 'LangflowBuild',
      build: async ({ sources, prefix, daemon }) => {
        const outcome = await buildStep(
          environment,
          { folder, sources, prefix },
          { builder: daemon.address },
        );
        if (outcome.result !== 'Succeeded') throw new Error(outcome.message);
      },
    },
  ];

  const daemons: Buildkitd[] = [];
  const startDaemon = async (): Promise<Buildkitd> => {
    const daemon = await startBuildkitd({ registryHost: environment.registryHost });
    daemons.push(daemon);
    return daemon;
  };
  const rows: string[][] = [];
  const seconds = new Map<string, number[]>();
  try {
    for (const contender of contenders) {
      const sources = path.join(folder, contender.name.replace(/\W+/g, '-'), 'sources');
      mkdirSync(sources, { recursive: true });
      for (const name of FOLDERS)
        cpSync(path.join(PROJECT, 'samples/langflow', name), path.join(sources, name), { recursive: true });
      writeFiles(sources, { 'components.yml': COMPONENTS });
      const prefix = `bench/${nonce}-${contenders.indexOf(contender)}`;
      const first = await startDaemon();
      const where = { sources, prefix, daemon: first };
      const times = [await timed(() => contender.build(where)), await timed(() => contender.build(where))];
      appendFileSync(path.join(sources, 'backend/components/text/word_count.py'), '# changed\n');
      times.push(await timed(() => contender.build(where)));
      await first.kill();
      const second = await startDaemon();
      times.push(await timed(() => contender.build({ ...where, daemon: second })));
      await second.kill();
      seconds.set(contender.name, times);
      console.log(`${contender.name}: ${times.map((time) => time.toFixed(1)).join(', ')} s`);
    }
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
  const [sequential = [], bare = [], ours = []] = contenders.map(({ name }) => seconds.get(name));
  for (const [index, what] of [
    'cold',
    'warm, same builder',
    'one line changed',
    'fresh builder, no change',
  ].entries()) {
    const [a = 0, b = 0, c = 0] = [sequential[index], bare[index], ours[index]];
    rows.push([
      what,
      a.toFixed(1),
      b.toFixed(1),
      c.toFixed(1),
      (c / a).toFixed(2),
      (c / b).toFixed(2),
      (c / (ours[0] ?? 1)).toFixed(2),
    ]);
  }
  console.log(
    table(
      [
        'Build of Langflow, s',
        'docker build',
        'bare bake',
        'LangflowBuild',
        'ours / docker',
        'ours / bake',
        'ours / ours cold',
      ],
      rows,
    ),
  );
}

const COMPONENTS = `components:
  - { name: runtime, context: runtime, publish: false }
  - { name: backend, context: backend, contexts: { runtime: 'target:runtime' } }
  - { name: worker, context: worker, contexts: { runtime: 'target:runtime' } }
  - { name: page, context: runtime, target: page, publish: false }
  - { name: frontend, context: frontend, contexts: { page: 'target:page' } }
`;

function readComponents(sources: string): Component[] {
  return parseComponents(COMPONENTS, 'components.yml', sources);
}

/** As the task has them by default. */
function optionsFor(repositories: string, testDirectory: string, caBundle: string): BakeOptions {
  return {
    repositories,
    tags: ['7'],
    output: 'push',
    layoutDirectory: '',
    testDirectory,
    cache: { kind: 'registry', branches: ['main'], write: 'main', directory: '' },
    compression: 'zstd',
    provenance: 'max',
    sbom: undefined,
    platforms: [],
    source: { repository: undefined, commit: '0'.repeat(40) },
    origins: undefined,
    reproducible: false,
    caBundle,
    secrets: {},
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}
