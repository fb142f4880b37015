import assert from 'node:assert/strict';
import { barsOf, mermaidGantt, svgGantt } from '../../../tasks/LangflowBuild/gantt';
import { cacheUseOf, Progress } from '../../../tasks/LangflowBuild/progress';
import { lineOf, runningLine } from '../../../tasks/LangflowBuild/progressLog';
import { vertex } from './samples';

const T = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The lines of the log that the states of a build make. */
function log(progress: Progress, ...states: object[]): string[] {
  return states.flatMap((state) =>
    (progress.take(JSON.stringify(state)) ?? []).flatMap((event) => lineOf(event) ?? []),
  );
}

describe('the progress of a build', () => {
  const run = { digest: 'r', name: '[backend 2/2] RUN make' };

  it('is told by component and step, once for what targets share', () => {
    const progress = new Progress(['backend', 'worker']);
    const lines = log(
      progress,
      {
        vertexes: [
          { digest: 'i', name: '[backend internal] load .dockerignore', started: T(0), completed: T(1) },
        ],
      },
      { vertexes: [{ ...run }] },
      { vertexes: [{ ...run, started: T(1) }] },
      { vertexes: [{ ...run, name: '[worker 2/2] RUN make', started: T(1) }] },
      { logs: [{ vertex: 'r', data: base64('one\ntw') }] },
      { logs: [{ vertex: 'r', data: base64('o\r\n10 %\r20 %\n') }] },
      { vertexes: [{ ...run, started: T(1), completed: T(4) }] },
      { vertexes: [{ ...run, name: '[worker 2/2] RUN make', started: T(1), completed: T(4.1) }] },
    );
    assert.deepEqual(lines, [
      '[backend 2/2] RUN make',
      '[backend 2/2]   one',
      '[backend 2/2]   two',
      '[backend 2/2]   20 %',
      '[backend 2/2] DONE in 3.0s',
    ]);
    assert.deepEqual([...(progress.vertices.at(-1)?.targets ?? [])], ['backend', 'worker']);
  });

  it('tells what came from the cache and what failed', () => {
    const progress = new Progress(['backend', 'worker']);
    const states = [
      {
        vertexes: [
          { digest: 'a', name: '[worker 1/2] COPY . /', started: T(0), completed: T(0), cached: true },
        ],
      },
      { vertexes: [{ ...run, started: T(1), completed: T(2), error: 'exit code: 3' }] },
    ];
    assert.deepEqual(log(progress, ...states), [
      '[worker 1/2] COPY . /',
      '[worker 1/2] CACHED',
      '[backend 2/2] RUN make',
      '[backend 2/2] FAILED: exit code: 3',
    ]);
    assert.deepEqual(cacheUseOf(progress.vertices, new Set(['worker'])), { instructions: 1, cached: 1 });
    assert.deepEqual(cacheUseOf(progress.vertices, new Set(['backend', 'worker'])), {
      instructions: 2,
      cached: 1,
    });
  });

  it('knows the target of a single one, of which buildx leaves out the name, and what it exported', () => {
    const progress = new Progress(['backend']);
    const manifest = `sha256:${'a'.repeat(64)}`;
    log(
      progress,
      { vertexes: [{ digest: 'e', name: 'exporting to image', started: T(0) }] },
      {
        statuses: [
          { id: `exporting manifest ${manifest}`, vertex: 'e' },
          { id: `exporting attestation manifest ${manifest}`, vertex: 'e' },
        ],
      },
    );
    assert.deepEqual([...(progress.vertices[0]?.targets ?? [])], ['backend']);
    assert.deepEqual(progress.vertices[0]?.exported, [manifest]);
  });

  it('finds the checks of a Dockerfile, once', () => {
    const progress = new Progress(['backend', 'worker']);
    const warning = (digest: string) => ({
      warnings: [
        {
          vertex: digest,
          short: base64('FromAsCasing'),
          sourceInfo: { filename: 'Dockerfile' },
          range: [{ start: { line: 4 } }],
        },
      ],
    });
    log(progress, { vertexes: [run, { digest: 's', name: '[worker 1/1] RUN x' }] });
    const events = [warning('r'), warning('s')].flatMap((one) => progress.take(JSON.stringify(one)) ?? []);
    assert.deepEqual(events, [
      {
        type: 'check',
        check: { message: 'FromAsCasing', url: '', file: 'Dockerfile', line: 4, target: 'backend' },
      },
    ]);
  });

  it('leaves alone what is no state', () => {
    const progress = new Progress([]);
    assert.equal(progress.take('ERROR: target a: failed'), undefined);
    assert.equal(progress.take('{ a Dockerfile line'), undefined);
  });

  it('keeps a few lines of an endless output', () => {
    const progress = new Progress(['backend', 'worker']);
    log(
      progress,
      { vertexes: [{ ...run, started: T(0) }] },
      { logs: [{ vertex: 'r', data: base64('x\n'.repeat(10_000)) }] },
    );
    assert.equal(progress.vertices[0]?.words.length, 40);
  });

  it('says what is running', () => {
    const running = vertex('backend 2/5', 'RUN pip install', { completed: undefined });
    assert.equal(
      runningLine([running, vertex('a 1/1', 'RUN x')], 46_000),
      'Still running: [backend 2/5] RUN pip install (45s)',
    );
    assert.equal(runningLine([], 0), undefined);
  });
});

describe('the chart of a build', () => {
  const bars = barsOf([
    vertex('b 1/1', 'RUN <evil> & "x": a; b', { started: 3_000, completed: 8_000 }),
    vertex('a 1/2', 'COPY x', { cached: true, started: 2_000, completed: 2_000 }),
    vertex('a internal', 'load .dockerignore'),
  ]);

  it('has a bar for each instruction, by target', () => {
    assert.deepEqual(
      bars.map(({ target, start, end }) => [target, start, end]),
      [
        ['a', 0, 0],
        ['b', 1_000, 6_000],
      ],
    );
  });

  it('is a diagram of mermaid whose texts cannot be syntax', () => {
    assert.equal(
      mermaidGantt(bars),
      'gantt\n  dateFormat x\n  axisFormat %M:%S\n  section a\n  COPY x :done, 0, 1\n  section b\n  RUN evil & "x" a b :1000, 6000',
    );
  });

  it('is an SVG whose texts cannot be elements', () => {
    const svg = svgGantt(bars);
    assert.match(svg, /<title>b: RUN &lt;evil&gt; &amp; &quot;x&quot;: a; b \(5\.0s\)<\/title>/);
    assert.doesNotMatch(svg, /<evil>/);
  });
});
