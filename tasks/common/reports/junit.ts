/** One test as a JUnit report has it. */
export interface TestCase {
  /** What stands before the name: the suite's or the file's name. */
  className: string;
  name: string;
  durationMs: number;
  /** Why it failed, or was not run; undefined when it passed. */
  problem?: { kind: 'failure' | 'skipped'; message: string };
  /** What it printed. */
  output?: string;
}

/** A suite in the JUnit format, as the agent's `results.publish` reads it. */
export function junitReport(suite: string, timestamp: Date, cases: readonly TestCase[]): string {
  const count = (kind: string): number => cases.filter(({ problem }) => problem?.kind === kind).length;
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
  const total = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `<testsuite name="${escapeXml(suite)}" tests="${cases.length}" failures="${count('failure')}" errors="0" ` +
      `skipped="${count('skipped')}" time="${seconds(total)}" timestamp="${timestamp.toISOString().slice(0, 19)}">`,
    ...cases.flatMap(({ className, name, durationMs, problem, output }) => [
      `<testcase classname="${escapeXml(className)}" name="${escapeXml(name)}" time="${seconds(durationMs)}">`,
      ...(problem === undefined
        ? []
        : [
            `<${problem.kind} message="${escapeXml(problem.message)}">${escapeXml(problem.message)}</${problem.kind}>`,
          ]),
      ...(output ? [`<system-out>${escapeXml(output)}</system-out>`] : []),
      '</testcase>',
    ]),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** For text and attributes; characters that no XML 1.0 document may have, escaped or not, become spaces. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ' ')
    .replace(/[&<>"'\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
