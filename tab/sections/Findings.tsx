import { useMemo, useRef, useState } from 'preact/hooks';
import { filterFindings, NO_FILTER, type Filter, type FindingRow } from '../model/findings';
import { useVirtualRows } from '../parts/useVirtualRows';

const ROW_HEIGHT = 34;
const COLUMNS = ['Severity', 'Id', 'Package or file', 'Installed', 'Fixed in', 'In', 'State'];

/** Search, filters and the table, of which only the rows in sight exist. */
export function Findings({ rows, omitted }: { rows: readonly FindingRow[]; omitted: number }) {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [chosen, choose] = useState<FindingRow>();
  const found = useMemo(() => filterFindings(rows, filter), [rows, filter]);
  const set = (part: Partial<Filter>): void => {
    setFilter({ ...filter, ...part });
  };
  return (
    <>
      <div class="filters" role="search" aria-label="Findings">
        <label>
          Search
          <input
            type="search"
            value={filter.search}
            placeholder="id, package, file, title"
            onInput={({ currentTarget }) => {
              set({ search: currentTarget.value });
            }}
          />
        </label>
        <Choice
          title="Severity"
          value={filter.severity}
          rows={rows}
          of={(row) => row.severity}
          set={(severity) => {
            set({ severity });
          }}
        />
        <Choice
          title="In"
          value={filter.target}
          rows={rows}
          of={(row) => row.where}
          set={(target) => {
            set({ target });
          }}
        />
        <Choice
          title="Kind"
          value={filter.kind}
          rows={rows}
          of={(row) => row.kind}
          set={(kind) => {
            set({ kind });
          }}
        />
        <Choice
          title="State"
          value={filter.state}
          rows={rows}
          of={(row) => row.state}
          more="new"
          set={(state) => {
            set({ state });
          }}
        />
        <p role="status">
          {found.length} of {rows.length} findings
          {omitted > 0 && `; ${omitted} milder ones are only in the reports`}
        </p>
      </div>
      <Rows rows={found} chosen={chosen} choose={choose} />
      {chosen && <Details row={chosen} />}
    </>
  );
}

function Choice(props: {
  title: string;
  value: string;
  rows: readonly FindingRow[];
  of: (row: FindingRow) => string;
  more?: string;
  set: (value: string) => void;
}) {
  const { title, value, rows, of, more, set } = props;
  const values = useMemo(() => [...new Set(rows.map(of)), ...(more ? [more] : [])], [rows]);
  return (
    <label>
      {title}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          set(currentTarget.value);
        }}
      >
        <option value="">all</option>
        {values.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Rows(props: {
  rows: readonly FindingRow[];
  chosen?: FindingRow;
  choose: (row: FindingRow) => void;
}) {
  const { rows, chosen, choose } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const { items, height } = useVirtualRows(scroll, rows.length, ROW_HEIGHT);
  return (
    <div class="findings scroll" ref={scroll} tabIndex={0} role="group" aria-label="Table of findings">
      <div role="table" aria-label="Findings" aria-rowcount={rows.length + 1}>
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1}>
            {COLUMNS.map((title) => (
              <span key={title} role="columnheader">
                {title}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" class="body" style={{ height: `${height}px` }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <div
                key={index}
                role="row"
                aria-rowindex={index + 2}
                class={row === chosen ? 'chosen' : ''}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => {
                  choose(row);
                }}
              >
                <span role="cell">
                  <span class={`severity ${row.severity}`}>{row.severity}</span>
                </span>
                <span role="cell">
                  <button
                    type="button"
                    class="plain"
                    aria-expanded={row === chosen}
                    aria-controls={row === chosen ? 'finding' : undefined}
                  >
                    {row.id}
                  </button>
                </span>
                <span role="cell" title={row.file}>
                  {row.package ?? `${row.file ?? ''}${row.line === undefined ? '' : `:${row.line}`}`}
                </span>
                <span role="cell">{row.installed ?? ''}</span>
                <span role="cell">{row.fixed ?? ''}</span>
                <span role="cell">{row.where}</span>
                <span role="cell">
                  <span class={`badge ${row.state}`}>{row.state}</span>
                  {row.isNew && <span class="badge new">new</span>}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Details({ row }: { row: FindingRow }) {
  const facts: [string, string | undefined][] = [
    ['What', row.title],
    ['Here', row.message],
    ['Package', row.package && `${row.package} ${row.installed ?? ''}`],
    ['What to do', adviceOf(row)],
    ['File', row.file && `${row.file}${row.line === undefined ? '' : `:${row.line}`}`],
    ['Made by', row.layer],
    ['Why it is excepted', row.reason],
  ];
  return (
    <section id="finding" class="finding" aria-label={`Finding ${row.id}`}>
      <h4>
        <span class={`severity ${row.severity}`}>{row.severity}</span> {row.id} in {row.where}
      </h4>
      <dl>
        {facts.map(([name, text]) =>
          text ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {row.url && (
        <a href={row.url} target="_blank" rel="noopener noreferrer">
          More about {row.id}
        </a>
      )}
    </section>
  );
}

function adviceOf({ advice, package: name, fixed, kind, state }: FindingRow): string | undefined {
  if (advice !== undefined || state === 'fixed') return advice;
  if (name && fixed) return `Upgrade ${name} to ${fixed}.`;
  return kind === 'vulnerability' ? 'There is no fixed version yet.' : undefined;
}
