import { closest, distance } from 'fastest-levenshtein';

/** ` Did you mean 'path'?` when one of the known words is near enough to be meant, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(word.toLowerCase(), known);
  // Half of a word's letters wrong is another word.
  const near =
    distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.max(1, Math.floor(nearest.length / 2));
  return near ? ` Did you mean '${nearest}'?` : '';
}
