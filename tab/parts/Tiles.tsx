import type { ComponentChildren } from 'preact';

/** A few figures at the head of a section. */
export function Tiles({
  tiles,
}: {
  tiles: readonly (readonly [name: string, value: ComponentChildren, kind?: string])[];
}) {
  return (
    <dl class="tiles">
      {tiles.map(([name, value, kind]) => (
        <div key={name} class={kind}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
