import { mkdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../errors';
import type { Component, ReleaseManifest } from './release.generated';
import schema from './release.schema.json';

export type * from './release.generated';

/** A release manifest that cannot be used. The message says which file, which part of it and why. */
export class ReleaseManifestError extends UserError {
  override name = 'ReleaseManifestError';
}

type Section = 'scan' | 'deployment' | 'smokeTest';

/** `registry/repository@sha256:…`: the only form in which an image crosses a task boundary. */
export function imageByDigest(component: Pick<Component, 'image' | 'digest'>): string {
  return `${component.image}@${component.digest}`;
}

/** The digests of all components, each once, in a fixed order. */
export function digestsOf(manifest: Pick<ReleaseManifest, 'components'>): string[] {
  return [...new Set(manifest.components.map(({ digest }) => digest))].sort();
}

/**
 * Reads and validates a release manifest.
 * @throws ReleaseManifestError when it is missing, is not JSON, breaks the schema, or has a section about other digests
 */
export async function readRelease(file: string): Promise<ReleaseManifest> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new ReleaseManifestError(
      `Release manifest ${file}: ${reason}. LangflowBuild writes it; download the artifact that has it before this step.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ReleaseManifestError(`Release manifest ${file} is not JSON: ${(error as Error).message}`);
  }
  return checkRelease(value, file);
}

/** Validates and writes the manifest whole or not at all: a reader never sees half of it. */
export async function writeRelease(file: string, manifest: ReleaseManifest): Promise<void> {
  checkRelease(manifest, file);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Adds one task's section to the manifest on disk, leaving all others as they are. */
export async function addSection<S extends Section>(
  file: string,
  section: S,
  content: NonNullable<ReleaseManifest[S]>,
): Promise<ReleaseManifest> {
  const manifest = { ...(await readRelease(file)), [section]: content };
  await writeRelease(file, manifest);
  return manifest;
}

/** @throws ReleaseManifestError unless the value is a release manifest whose sections speak of its own components */
export function checkRelease(value: unknown, file: string): ReleaseManifest {
  const validate = validator();
  if (!validate(value)) {
    const reasons = (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`,
    );
    throw new ReleaseManifestError(
      `Release manifest ${file} does not match the schema of version 1: ${[...new Set(reasons)].join('; ')}.`,
    );
  }
  const names = value.components.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new ReleaseManifestError(`Release manifest ${file} has two components named '${twice}'.`);
  const expected = digestsOf(value).join();
  for (const section of ['scan', 'deployment', 'smokeTest'] as const) {
    const digests = value[section]?.digests;
    if (digests && [...digests].sort().join() !== expected) {
      throw new ReleaseManifestError(
        `Release manifest ${file}: section '${section}' speaks of other digests than the components. ` +
          'It belongs to another build; run the tasks again from LangflowBuild on.',
      );
    }
  }
  return value;
}

let compiled: ValidateFunction<ReleaseManifest> | undefined;

function validator(): ValidateFunction<ReleaseManifest> {
  if (!compiled) {
    const ajv = new Ajv({ allErrors: true });
    addFormats(ajv, ['date-time']);
    compiled = ajv.compile<ReleaseManifest>(schema);
  }
  return compiled;
}
