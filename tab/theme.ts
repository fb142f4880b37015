/** Marks the page as light or dark, by the background that the host's theme sets or by what the reader's system prefers. */
export function followTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const mark = (): void => {
    const background = getComputedStyle(document.documentElement)
      .getPropertyValue('--background-color')
      .trim();
    const isDark = luminanceOf(background) ?? (dark.matches ? 0 : 1);
    document.documentElement.dataset.theme = isDark < 0.5 ? 'dark' : 'light';
  };
  mark();
  dark.addEventListener('change', mark);
  // The SDK's event, sent after it has set the variables.
  window.addEventListener('themeApplied', mark);
}

/** Of `rgb(31, 31, 31)`, `rgba(…)` or `#1f1f1f`: 0 is black and 1 is white; nothing for another notation. */
function luminanceOf(colour: string): number | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  const numbers = hex
    ? hex.slice(1).map((part) => parseInt(part, 16))
    : (/^rgba?\(([^)]*)\)/.exec(colour)?.[1] ?? '').split(/[\s,/]+/).map(Number);
  const [red, green, blue] = numbers;
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
