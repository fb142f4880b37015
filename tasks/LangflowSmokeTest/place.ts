import { sourcePath } from '../common/agent/inputs';
import type { SourceLocation } from '../common/agent/log';

/** Where a check or a mistake stands, as the run page needs it. */
export function placeOf({ file, line }: { file: string; line: number }): SourceLocation {
  return { path: sourcePath(file), line };
}
