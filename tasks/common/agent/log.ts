import { filterExternalOutput } from 'azure-pipelines-task-lib/externaloutput';
import * as tl from 'azure-pipelines-task-lib/task';

/** Anything that came from outside (children, servers, repository files) may carry `##vso[`; task-lib takes its force. */
const EXTERNAL = { source: 'remote' } as const;

/** Where an issue was found: path relative to the repository, line and column from 1. */
export interface SourceLocation {
  path: string;
  line?: number;
  column?: number;
}

/** The text with every logging command in it made powerless. */
export function harmless(text: string): string {
  return filterExternalOutput(text, EXTERNAL).toString();
}

/** Prints a line. External text may be part of it. */
export function info(message: string): void {
  tl.writeExternalOutput(`${message}\n`, EXTERNAL);
}

/** Prints a line that only shows when the run has System.Debug on. */
export function debug(message: string): void {
  tl.debugExternalOutput(message, EXTERNAL);
}

/** Adds a warning to the run page. */
export function warning(message: string, location?: SourceLocation): void {
  tl.logIssue(tl.IssueType.Warning, harmless(message), location?.path, location?.line, location?.column);
}

/** Adds an error to the run page; the step's result is not changed by it. */
export function error(message: string, location?: SourceLocation): void {
  tl.logIssue(tl.IssueType.Error, harmless(message), location?.path, location?.line, location?.column);
}

/** Prints `body` as a group that the run page shows folded under its title. */
export function group(title: string, body: string): void {
  info(`##[group]${title}\n${body}\n##[endgroup]`);
}
