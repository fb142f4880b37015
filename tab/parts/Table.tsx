import type { ComponentChildren } from 'preact';

export interface Column {
  title: string;
  /** Right-aligned digits of equal width. */
  number?: boolean;
  /** For what is drawn: takes the space that is left. */
  wide?: boolean;
}

/** A table that scrolls sideways by itself where the page is narrow. The first cell of a row is its header. */
export function Table(props: {
  caption: string;
  columns: readonly Column[];
  rows: readonly ComponentChildren[][];
}) {
  const { caption, columns, rows } = props;
  const classOf = (column: Column | undefined): string =>
    [column?.number && 'number', column?.wide && 'wide'].filter(Boolean).join(' ');
  return (
    <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th key={index} scope="row" class={classOf(columns[index])}>
                    {cell}
                  </th>
                ) : (
                  <td key={index} class={classOf(columns[index])}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
