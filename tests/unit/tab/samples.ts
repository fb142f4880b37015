import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { ReleaseView } from '../../../tasks/common/view/view.generated';

const FOLDER = path.resolve(import.meta.dirname, '../../fixtures/view');

export function fixture(name: string): ReleaseView {
  return JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as ReleaseView;
}
