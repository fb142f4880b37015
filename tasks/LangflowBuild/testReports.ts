import { readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { SaxesParser } from 'saxes';
import { localized } from '../common/agent/messages';
import { messageOf } from '../common/errors';

/** What a test stage left. */
export interface TestReport {
  /** Name of the bake target. */
  test: string;
  component: string;
  /** Absolute paths of its JUnit files. */
  junit: string[];
  /** Absolute paths of its Cobertura files. */
  coverage: string[];
  tests: number;
  failed: number;
  skipped: number;
  /** The first failures, as `class.name: message`. */
  failures: string[];
  /** Files that look like reports and cannot be read. */
  unreadable: string[];
}

/** Failures that the message of the step names; the Tests tab has all. */
const NAMED = 10;

/**
 * Reads the reports that a test stage left. A stage that reports its failures must not fail itself, for then nothing of
 * it would be exported: the reports decide.
 */
export async function readTestReport(folder: string, test: string, component: string): Promise<TestReport> {
  const report: TestReport = {
    ...{ test, component, junit: [], coverage: [], tests: 0, failed: 0, skipped: 0 },
    ...{ failures: [], unreadable: [] },
  };
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => one.endsWith('.xml')).sort()) {
    const file = path.join(folder, name);
    try {
      const { root, cases } = parse(await readFile(file, 'utf8'));
      if (root === 'coverage') report.coverage.push(file);
      if (root !== 'testsuites' && root !== 'testsuite') continue;
      report.junit.push(file);
      for (const one of cases) count(one, report);
    } catch (error) {
      report.unreadable.push(`${name}: ${messageOf(error)}`);
    }
  }
  return report;
}

interface TestCase {
  title: string;
  skipped: boolean;
  /** First line of why it failed; undefined when it did not. */
  failure?: string;
}

/**
 * The test cases of a report. The totals that a suite's attributes state may be missing or wrong, so cases are counted.
 * @throws Error where the text is not well-formed
 */
function parse(text: string): { root: string; cases: TestCase[] } {
  let root = '';
  const cases: TestCase[] = [];
  let open: TestCase | undefined;
  let inFailure = false;
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    root ||= name;
    if (name === 'testcase') {
      open = { title: [attributes.classname, attributes.name].filter(Boolean).join('.'), skipped: false };
      cases.push(open);
    } else if (name === 'skipped' && open) open.skipped = true;
    else if ((name === 'failure' || name === 'error') && open) {
      inFailure = true;
      open.failure ??= attributes.message ?? '';
    }
  });
  const onText = (words: string): void => {
    if (inFailure && open?.failure === '') open.failure = words.trim();
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', ({ name }) => {
    if (name === 'testcase') open = undefined;
    inFailure = false;
  });
  parser.write(text).close();
  return { root, cases };
}

function count({ title, skipped, failure }: TestCase, report: TestReport): void {
  report.tests++;
  if (skipped) report.skipped++;
  if (failure === undefined) return;
  report.failed++;
  if (report.failures.length < NAMED)
    report.failures.push([title, failure.split('\n')[0]].filter(Boolean).join(': '));
}

/**
 * Why the tests do not let the images out; undefined when they do. A report that cannot be read proves nothing.
 */
export function failureOf(reports: readonly TestReport[]): string | undefined {
  const bad = reports.filter(({ failed, unreadable }) => failed > 0 || unreadable.length > 0);
  if (bad.length === 0) return undefined;
  return [
    localized('TestsFailed'),
    ...bad.flatMap(({ test, tests, failed, failures, unreadable }) => [
      ...(failed > 0 ? [localized('FailedTestsOf', test, failed, tests)] : []),
      ...failures.map((one) => `- ${one}`),
      ...unreadable.map((one) => `${test}: the report ${one} cannot be read.`),
    ]),
    localized('SeeTestsTab'),
  ].join('\n');
}
