import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { InputError, messageOf } from '../common/errors';
import { identityOf, type Finding } from './findings';
import schema from './scanReport.schema.json';
import type { ScanReport } from './scanReport';

/** What a former scan found. */
export interface Baseline {
  findings: Finding[];
  /** How often it has each identity. */
  counts: ReadonlyMap<string, number>;
}

/**
 * Reads `langflow-scan.json` of a former scan.
 * @returns undefined when there is no such file, which makes every finding a new one: so it is with a first release
 * @throws InputError when there is one that cannot be used: to pass it for a baseline would make new findings known
 */
export function readBaseline(file: string): Baseline | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refused(file, messageOf(error));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(file, `It is not whole JSON: ${messageOf(error)}.`);
  }
  const validate = new Ajv().compile<ScanReport>(schema);
  if (!validate(value)) {
    const mistake = validate.errors?.[0];
    throw refused(file, `${mistake?.instancePath || 'It'} ${mistake?.message ?? ''}.`);
  }
  return baselineOf(value.findings.map(({ finding }) => finding));
}

export function baselineOf(findings: readonly Finding[]): Baseline {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    const identity = identityOf(finding);
    counts.set(identity, (counts.get(identity) ?? 0) + 1);
  }
  return { findings: [...findings], counts };
}

function refused(file: string, remedy: string): InputError {
  return new InputError('baseline', file, "the path of a former scan's langflow-scan.json", remedy);
}
