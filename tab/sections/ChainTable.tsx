import type { Chain } from '../model/chain';
import { shortDigest } from '../model/format';
import { PHASES } from '../model/run';
import { Mark } from '../parts/Mark';
import { Message } from '../parts/Message';
import { Table } from '../parts/Table';
import { TITLES } from './Strip';

/** Each component's digest from task to task. */
export function ChainTable({ chains }: { chains: readonly Chain[] }) {
  const known = chains.filter(({ rows }) => rows.length > 0);
  const breaks = known.flatMap(({ rows }) =>
    rows.flatMap(({ component, broken }) =>
      broken.map((phase) => `${component} in ${TITLES[phase].toLowerCase()}`),
    ),
  );
  if (known.length === 0) return null;
  return (
    <>
      {breaks.length > 0 && (
        <Message kind="failed">
          The digest chain is broken: another image than in the task before was seen for {breaks.join(', ')}.
          What is judged there is not what was built.
        </Message>
      )}
      <details class="chain">
        <summary>Digest chain</summary>
        {known.map(({ release, rows }) => (
          <Table
            key={release}
            caption={`Digests of release ${release}`}
            columns={[{ title: 'Component' }, ...PHASES.map((phase) => ({ title: TITLES[phase] }))]}
            rows={rows.map(({ component, digests, broken }) => [
              component,
              ...PHASES.map((phase) => {
                const digest = digests[phase];
                if (digest === undefined) return '–';
                const isBroken = broken.includes(phase);
                return (
                  <code title={digest} class={isBroken ? 'failed' : ''}>
                    <Mark
                      state={isBroken ? 'failed' : 'succeeded'}
                      label={isBroken ? 'differs:' : undefined}
                    />{' '}
                    {shortDigest(digest)}
                  </code>
                );
              }),
            ])}
          />
        ))}
      </details>
    </>
  );
}
