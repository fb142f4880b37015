import { existsSync, statSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { inputs, workingDirectory } from '../common/agent/inputs';
import { maskSecret } from '../common/agent/secrets';
import { registryFromConnection, type Registry } from '../common/connections/registry';
import { InputError } from '../common/errors';
import { relativePath } from '../common/paths';
import type { DatabaseOptions } from './database';
import { KINDS, type Kind } from './findings';
import type { Policy } from './policy';
import { SHORT_THRESHOLDS, shortPolicy } from './shortPolicy';
import type { ImageTarget, SbomTarget, SourceTarget, Target } from './targets';
import type { TrivyServer } from './trivy';

export const SBOM_FORMATS = ['cyclonedx', 'spdx'] as const;
export type SbomFormat = (typeof SBOM_FORMATS)[number];

export interface ScanInputs {
  /** Absolute path of release.json; undefined: no image of a release is scanned. */
  releaseManifest: string | undefined;
  /** What is scanned besides the images of the release. */
  targets: Target[];
  /** Where the images are read from; undefined: with what the agent's own Docker configuration has. */
  registry: Registry | undefined;
  policy: Policy;
  /** Absolute path of a former scan's langflow-scan.json. */
  baseline: string | undefined;
  kinds: readonly Kind[];
  /** Absolute paths of SARIF files of other analysers. */
  sarifFiles: string[];
  skipPaths: string[];
  /** Absolute path of Trivy's ignore file, which excepts findings by id and path, with a reason and an expiry. */
  ignoreFile: string | undefined;
  /** Absolute paths. */
  vex: string[];
  database: DatabaseOptions;
  databaseMaxAgeMs: number;
  checksRepository: string | undefined;
  server: TrivyServer | undefined;
  /** Base address of a mirror of the scanner's releases. */
  trivyMirror: string | undefined;
  /** Absolute path of the folder for databases and analysed layers; undefined: in the agent's tool folder. */
  cacheDirectory: string | undefined;
  /** How many targets are scanned at once. */
  parallelism: number;
  sbomFormats: readonly SbomFormat[];
  /** Absolute path of the folder for the reports. */
  reportDirectory: string;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Trivy finds its ignore file in the folder where it is started; the YAML form first, for it has reasons and expiries. */
const IGNORE_FILES = ['.trivyignore.yaml', '.trivyignore.yml', '.trivyignore'];

/** @throws InputError for the first input that cannot be used */
export async function readInputs(): Promise<ScanInputs> {
  const connection = inputs.optional('containerRegistry');
  const manifest = inputs.optional('releaseManifest');
  const source = readSource();
  const { policy, vex } = await readPolicyInputs();
  const cacheDirectory = inputs.optional('cacheDirectory');
  const baseline = inputs.optional('baseline');
  const targets = [...readImages(), ...(source === undefined ? [] : [source]), ...readSboms()];
  const sarifFiles = filesOf('sarifFiles', inputs.lines('sarifFiles'), 'paths or globs of SARIF files');
  if (manifest === undefined && targets.length === 0) {
    throw new InputError(
      'releaseManifest',
      '',
      'the path of a release manifest, release.json',
      'Without it, source, images or sboms must say what to scan.',
    );
  }
  return {
    releaseManifest: manifest === undefined ? undefined : path.resolve(workingDirectory(), manifest),
    targets,
    registry: connection === undefined ? undefined : registryFromConnection(connection),
    policy,
    baseline: baseline === undefined ? undefined : path.resolve(workingDirectory(), baseline),
    kinds: readKinds(),
    sarifFiles,
    skipPaths: inputs.lines('skipPaths'),
    ignoreFile: readIgnoreFile(source),
    vex: [...vex, ...filesOf('vex', inputs.lines('vex'), 'paths of OpenVEX, CSAF or CycloneDX files')],
    database: {
      mode: inputs.pick('database', ['update', 'skip', 'offline']),
      repositories: references('databaseRepository', inputs.list('databaseRepository')),
      javaRepositories: references('javaDatabaseRepository', inputs.list('javaDatabaseRepository')),
    },
    databaseMaxAgeMs: inputs.integer('databaseMaxAgeDays', { min: 1, max: 365 }) * DAY_MS,
    checksRepository: inputs.optional('checksRepository'),
    server: readServer(),
    trivyMirror: webAddress('trivyMirror', inputs.optional('trivyMirror')),
    cacheDirectory:
      cacheDirectory === undefined ? undefined : path.resolve(workingDirectory(), cacheDirectory),
    parallelism: inputs.integer('parallelism', { min: 1, max: 32 }),
    sbomFormats: readSbomFormats(),
    reportDirectory: inputs.path('reportDirectory', 'the path of a folder'),
  };
}

async function readPolicyInputs(): Promise<{ policy: Policy; vex: string[] }> {
  const short = {
    severity: inputs.pick('severity', SHORT_THRESHOLDS),
    ignoreUnfixed: inputs.boolean('ignoreUnfixed'),
  };
  const file = inputs.optional('policy');
  if (file === undefined) return { policy: shortPolicy(short), vex: [] };
  const { readPolicy } = await import('./policyFile');
  return readPolicy(path.resolve(workingDirectory(), file), short);
}

function readSource(): SourceTarget | undefined {
  const name = inputs.optional('source');
  if (name === undefined) return undefined;
  const folder = path.resolve(workingDirectory(), name);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InputError('source', name, 'the path of a folder', 'There is no such folder.');
  return { kind: 'source', name: 'source', folder };
}

/** `registry/repository:tag` or `…@sha256:…`, and a platform where it is not linux/amd64. */
function readImages(): ImageTarget[] {
  return inputs.lines('images').map((line) => {
    const [reference = '', platform = 'linux/amd64', ...rest] = line.split(/\s+/);
    const accepted =
      'lines such as contoso.azurecr.io/tools/job@sha256:… with a platform such as linux/arm64 after a space';
    if (rest.length > 0 || !/^[^\s:/]+[^\s]*[:@][^\s/]+$/.test(reference))
      throw new InputError('images', line, accepted, 'State a tag or, better, a digest.');
    if (!/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform))
      throw new InputError('images', line, accepted);
    const name = platform === 'linux/amd64' ? reference : `${reference} (${platform})`;
    return { kind: 'image', name, reference, platform, baseImages: [] };
  });
}

function readSboms(): SbomTarget[] {
  return filesOf('sboms', inputs.lines('sboms'), 'paths or globs of CycloneDX or SPDX files').map((file) => ({
    kind: 'sbom',
    name: relativePath(workingDirectory(), file),
    file,
  }));
}

/** A pattern that matches no file is a mistake: the step that should have written the file did not. */
function filesOf(input: string, patterns: readonly string[], accepted: string): string[] {
  return patterns.flatMap((pattern) => {
    const files = tl.findMatch(workingDirectory(), pattern).filter((file) => statSync(file).isFile());
    if (files.length === 0) throw new InputError(input, pattern, accepted, 'There is no such file.');
    return files.map((file) => path.resolve(file));
  });
}

function readIgnoreFile(source: SourceTarget | undefined): string | undefined {
  const name = inputs.optional('ignoreFile');
  if (name !== undefined) {
    const file = path.resolve(workingDirectory(), name);
    // Trivy takes a file that is not there for an empty one.
    if (!existsSync(file))
      throw new InputError('ignoreFile', name, "the path of Trivy's ignore file", 'There is no such file.');
    return file;
  }
  return [source?.folder, workingDirectory()]
    .flatMap((folder) => (folder === undefined ? [] : IGNORE_FILES.map((one) => path.join(folder, one))))
    .find((file) => existsSync(file));
}

function readKinds(): Kind[] {
  const chosen = inputs.list('scanners');
  const unknown = chosen.find((one) => !KINDS.some((kind) => kind === one));
  if (chosen.length === 0 || unknown !== undefined)
    throw new InputError('scanners', unknown ?? '', `some of ${KINDS.join(', ')}`);
  return KINDS.filter((kind) => kind === 'code' || chosen.includes(kind));
}

function readSbomFormats(): SbomFormat[] {
  const chosen = inputs.list('sbomFormats');
  const unknown = chosen.find((one) => !SBOM_FORMATS.some((format) => format === one));
  if (unknown !== undefined)
    throw new InputError('sbomFormats', unknown, `none or some of ${SBOM_FORMATS.join(', ')}`);
  return SBOM_FORMATS.filter((format) => chosen.includes(format));
}

function readServer(): TrivyServer | undefined {
  const url = webAddress('server', inputs.optional('server'));
  const token = inputs.optional('serverToken');
  if (token !== undefined) maskSecret(token);
  return url === undefined ? undefined : { url, token };
}

function webAddress(input: string, text: string | undefined): string | undefined {
  if (text !== undefined && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)))
    throw new InputError(input, text, 'an http or https address');
  return text;
}

function references(input: string, list: string[]): string[] {
  const wrong = list.find((one) => !/^[^\s/]+\/\S+$/.test(one) || /^https?:/.test(one));
  if (wrong !== undefined)
    throw new InputError(input, wrong, 'OCI references such as contoso.azurecr.io/trivy/trivy-db:2');
  return list;
}
