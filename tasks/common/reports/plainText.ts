import { stripVTControlCharacters } from 'node:util';

/** Control characters but tab and line feed, and those that change the direction of text or do not show. */
const DISGUISES =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Characters that could disguise text, by number: what is approved must be what is read. */
export function visible(text: string): string {
  return text.replace(
    DISGUISES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text of a log or a server as people read it: without colours, line breaks of one sort, nothing hidden. */
export function plainText(text: string): string {
  return visible(stripVTControlCharacters(text.replace(/\r\n/g, '\n')));
}
