import { DATA_PLACE } from './names';
import type { ReleaseView } from './view.generated';

/**
 * The page with its data inside. No text can end the script element, or mean anything in HTML.
 * @throws Error when the page has no place for data
 */
export function htmlOf(page: string, documents: readonly ReleaseView[]): string {
  const [before, after, ...more] = page.split(DATA_PLACE);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('The page of the results tab has not one place for data.');
  const json = JSON.stringify({ schemaVersion: 1, documents }).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [before, DATA_PLACE.replace('></', () => `>${json}</`), after].join('');
}
