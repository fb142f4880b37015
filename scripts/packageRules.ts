const MOST_BYTES = 3_000_000;

/** Why a package of that size must not be shipped; undefined when it may. */
export function objectionToSize(bytes: number): string | undefined {
  if (bytes <= MOST_BYTES) return undefined;
  return `The package has ${bytes} bytes, at most ${MOST_BYTES} are allowed.`;
}

/** The pictures that a page of Markdown shows: paths as they stand there. */
export function picturesIn(markdown: string): string[] {
  return [...markdown.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, file]) => file ?? '');
}
