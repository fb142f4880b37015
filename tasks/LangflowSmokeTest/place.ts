import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { workingDirectory } from '../common/agent/inputs';
import type { SourceLocation } from '../common/agent/log';
import { relativePath } from '../common/paths';

/** The path from the repository's root, which the run page needs. */
export function placeOf({ file, line }: { file: string; line: number }): SourceLocation {
  const sources = tl.getVariable('Build.SourcesDirectory') ?? workingDirectory();
  return { path: relativePath(sources, path.resolve(workingDirectory(), file)), line };
}
