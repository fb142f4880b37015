import { render } from 'preact';
import { follow, type Followed } from './data/follow';
import { allowOnly, connect, loaded, token } from './data/host';
import { Rest } from './data/rest';
import { RunSource } from './data/source';
import { mistakeIn } from '../tasks/common/view/view';
import { Message } from './parts/Message';
import { Page } from './sections/Page';
import { followTheme } from './theme';

/** The results tab: the host says which run is open, the REST API has its data. */
const place = document.getElementById('page') ?? document.body;
const rest = new Rest({
  token,
  fetch: (...request) => fetch(...request),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
let current = new AbortController();

followTheme();
show({});
connect((run) => {
  current.abort();
  current = new AbortController();
  allowOnly(run.collection);
  const source = new RunSource(rest, run, mistakeIn);
  void follow(() => source.read(), show, { signal: current.signal });
})
  .then(loaded)
  .catch((error: unknown) => {
    show({ problem: error instanceof Error ? error.message : String(error) });
  });

function show({ run, problem }: Followed): void {
  const trouble = problem !== undefined && (
    <Message kind="failed">The run cannot be read. {problem} The page tries again by itself.</Message>
  );
  render(
    <>
      {trouble}
      {run ? <Page run={run} /> : !trouble && <p role="status">Reading the run…</p>}
    </>,
    place,
  );
}
