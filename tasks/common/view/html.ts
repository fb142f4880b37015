import type { ReleaseView } from './view.generated';

/** Where the page, which is built with the results tab, takes its data from. */
const PLACE = '<script type="application/json" id="langflow-release-data"></script>';

/**
 * The page with its data inside. No text can end the script element, or mean anything in HTML.
 * @throws Error when the page has no place for data
 */
export function htmlOf(page: string, documents: readonly ReleaseView[]): string {
  const [before, after, ...more] = page.split(PLACE);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('The page of the results tab has not one place for data.');
  const json = JSON.stringify({ schemaVersion: 1, documents }).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [before, PLACE.replace('></', () => `>${json}</`), after].join('');
}
