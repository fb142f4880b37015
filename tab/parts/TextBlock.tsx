/** Text as it came: logs, bodies, diagnoses. It can be reached by the keyboard since it may scroll. */
export function TextBlock({ title, text }: { title: string; text: string }) {
  return (
    <figure class="block">
      <figcaption>{title}</figcaption>
      <pre role="group" aria-label={title} tabIndex={0}>
        {text}
      </pre>
    </figure>
  );
}

/** A unified diff: what is added and removed has its colour and its sign. */
export function Diff({ title, text }: { title: string; text: string }) {
  return (
    <pre class="diff" role="group" aria-label={title} tabIndex={0}>
      {text.split('\n').map((line, index) => (
        <span key={index} class={classOf(line)}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

function classOf(line: string): string {
  if (/^(---|\+\+\+|@@)/.test(line)) return 'place';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : '';
}
