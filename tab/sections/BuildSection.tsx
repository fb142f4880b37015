import { useState } from 'preact/hooks';
import type { Build } from '../../tasks/common/view/view.generated';
import { webLink } from '../model/findings';
import { bar, formatBytes, formatGrowth, formatMs, shortDigest } from '../model/format';
import { Mark } from '../parts/Mark';
import { Table } from '../parts/Table';
import { TextBlock } from '../parts/TextBlock';
import { Tiles } from '../parts/Tiles';

const SHORT_MS = 500;

export function BuildSection({ build }: { build: Build }) {
  const { cache, images, tests, checks, vertices } = build;
  const size = images.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const ran = tests.reduce((sum, suite) => sum + suite.tests, 0);
  const failed = tests.reduce((sum, suite) => sum + suite.failed, 0);
  return (
    <>
      <Tiles
        tiles={[
          ['Time of the build', build.durationMs === undefined ? '–' : formatMs(build.durationMs)],
          ['From the cache', `${cache.cached} of ${cache.instructions} instructions`],
          ['Images', `${images.length}${build.pushed ? ', pushed' : ''}`],
          ['Size in the registry', size === 0 ? '–' : formatBytes(size)],
          [
            'Tests',
            ran === 0 ? '–' : failed === 0 ? `${ran} passed` : `${failed} of ${ran} failed`,
            failed > 0 ? 'bad' : '',
          ],
        ]}
      />
      {vertices.length > 0 && <Gantt build={build} />}
      <h3>Images</h3>
      <Table
        caption="Images"
        columns={[
          { title: 'Component' },
          { title: 'Digest' },
          { title: 'Size', number: true },
          { title: 'Against the former', number: true },
          { title: 'Time', number: true },
          { title: 'From the cache', number: true },
          { title: 'Base images' },
        ]}
        rows={images.map(
          ({ component, digest, sizeBytes, formerSizeBytes, durationMs, cache: use, baseImages }) => [
            component,
            digest ? <code title={digest}>{shortDigest(digest)}</code> : '–',
            sizeBytes === undefined ? '–' : formatBytes(sizeBytes),
            sizeBytes === undefined || formerSizeBytes === undefined
              ? 'new'
              : formatGrowth(sizeBytes - formerSizeBytes),
            durationMs === undefined ? '–' : formatMs(durationMs),
            use ? `${use.cached} of ${use.instructions}` : '–',
            (baseImages ?? []).map(({ image }) => image).join(', ') || '–',
          ],
        )}
      />
      {tests.length > 0 && <h3>Tests</h3>}
      {tests.length > 0 && (
        <Table
          caption="Tests"
          columns={[
            { title: 'Test stage' },
            { title: 'Component' },
            { title: 'Tests', number: true },
            { title: 'Failed', number: true },
            { title: 'Skipped', number: true },
            { title: 'First failures' },
          ]}
          rows={tests.map((suite) => [
            suite.name,
            suite.component,
            suite.tests,
            suite.failed,
            suite.skipped,
            suite.failures.join('\n') || '–',
          ])}
        />
      )}
      {checks.length > 0 && <h3>Checks of the Dockerfiles</h3>}
      {checks.length > 0 && (
        <Table
          caption="Checks of the Dockerfiles"
          columns={[{ title: 'Place' }, { title: 'Component' }, { title: 'What BuildKit says' }]}
          rows={checks.map(({ file, line, component, message, url }) => {
            const href = webLink(url);
            return [
              `${file}:${line}`,
              component,
              <>
                {message}{' '}
                {href && (
                  <a href={href} target="_blank" rel="noopener noreferrer">
                    About {message.split(':')[0]}
                  </a>
                )}
              </>,
            ];
          })}
        />
      )}
    </>
  );
}

/** Vertices over time; the numbers are in the table too, the bars only repeat them. */
function Gantt({ build: { vertices, durationMs = 0, omittedVertices } }: { build: Build }) {
  const [isWhole, setWhole] = useState(false);
  const span = vertices.reduce((latest, { endMs }) => Math.max(latest, endMs), durationMs);
  const matters = vertices.filter(
    ({ startMs, endMs, error }) => endMs - startMs >= SHORT_MS || error !== undefined,
  );
  const hidden = vertices.length - matters.length;
  const shown = (isWhole || matters.length === 0 ? vertices : matters).toSorted(
    (a, b) => a.component.localeCompare(b.component) || a.startMs - b.startMs,
  );
  const broken = vertices.filter(({ lastWords }) => lastWords);
  return (
    <>
      <h3>Vertices of the build</h3>
      {hidden > 0 && matters.length > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={isWhole}
            onChange={({ currentTarget }) => {
              setWhole(currentTarget.checked);
            }}
          />
          Show {hidden} that took less than {formatMs(SHORT_MS)} too
        </label>
      )}
      <Table
        caption="Vertices of the build"
        columns={[
          { title: 'Component' },
          { title: 'Instruction' },
          { title: 'Starts at', number: true },
          { title: 'Time', number: true },
          { title: 'Course', wide: true },
        ]}
        rows={shown.map(({ component, name, startMs, endMs, cached, error }) => [
          component,
          <span class="instruction" title={name}>
            {error !== undefined && <Mark state="failed" label="failed:" />} {name}
          </span>,
          formatMs(startMs),
          cached ? 'cached' : formatMs(endMs - startMs),
          <span class="axis" aria-hidden="true">
            <span
              class={`bar ${error === undefined ? (cached ? 'cached' : 'plain') : 'failed'}`}
              style={bar(startMs, endMs, span)}
            />
          </span>,
        ])}
      />
      {omittedVertices > 0 && <p class="facts">{omittedVertices} shorter vertices are left out.</p>}
      {broken.map(({ name, error, lastWords }) => (
        <TextBlock key={name} title={`${name}: ${error ?? 'failed'}`} text={lastWords ?? ''} />
      ))}
    </>
  );
}
