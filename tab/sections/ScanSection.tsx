import { useMemo } from 'preact/hooks';
import type { Scan } from '../../tasks/common/view/view.generated';
import { findingRows, webLink } from '../model/findings';
import type { Run } from '../model/run';
import { Message } from '../parts/Message';
import { Table } from '../parts/Table';
import { Tiles } from '../parts/Tiles';
import { Findings } from './Findings';

export function ScanSection({ scan, run, runUrl }: { scan: Scan; run: Run; runUrl?: string }) {
  const rows = useMemo(() => findingRows(scan), [scan]);
  const { counts, fixes, targets, scanner, database } = scan;
  return (
    <>
      <Tiles
        tiles={[
          ['Fail the gate', counts.blocking, counts.blocking > 0 ? 'bad' : 'good'],
          ['New', scan.hasBaseline ? counts.new : 'no baseline'],
          ['Known', counts.known],
          ['Fixed', counts.fixed, counts.fixed > 0 ? 'good' : ''],
          ['Excepted', counts.excepted],
          ['Critical', counts.severity.CRITICAL],
          ['High', counts.severity.HIGH],
          ['Medium', counts.severity.MEDIUM],
          ['Low', counts.severity.LOW],
        ]}
      />
      <p class="facts">
        Gate: {scan.policy} · {scanner.name} {scanner.version} · database of{' '}
        {database.updatedAt === '' ? 'an unknown day' : database.updatedAt.slice(0, 10)} from{' '}
        {database.source}
      </p>
      {scan.doubts.map((doubt) => (
        <Message key={doubt} kind="warning">
          {doubt}
        </Message>
      ))}
      {targets
        .filter(({ failure, endOfLife }) => failure ?? endOfLife)
        .map(({ name, failure, endOfLife }) => (
          <Message key={name} kind={failure ? 'failed' : 'warning'}>
            {failure
              ? `${name} was not scanned: ${failure}`
              : `${name} has ${endOfLife ?? ''}, which its vendor no longer fixes.`}
          </Message>
        ))}
      {fixes.length > 0 && (
        <>
          <h3>What removes most</h3>
          <Table
            caption="Upgrades that remove most findings"
            columns={[
              { title: 'Upgrade' },
              { title: 'Removes', number: true },
              { title: 'Worst' },
              { title: 'In' },
              { title: 'Made by' },
            ]}
            rows={fixes.map((fix) => [
              <>
                {fix.package} {fix.from} → <strong>{fix.to}</strong>
              </>,
              fix.removes,
              <span class={`severity ${fix.severity}`}>{fix.severity}</span>,
              fix.targets.join(', '),
              <code>{fix.where}</code>,
            ])}
          />
        </>
      )}
      <h3>Findings</h3>
      <Findings rows={rows} omitted={scan.omittedFindings} />
      <Downloads scan={scan} run={run} runUrl={runUrl} />
    </>
  );
}

/** One link for each artifact; the tab gives its zip file, the HTML file the run's page. */
function Downloads({ scan: { downloads }, run, runUrl }: { scan: Scan; run: Run; runUrl?: string }) {
  const artifacts = [...new Set(downloads.map(({ artifact }) => artifact))];
  if (artifacts.length === 0) return null;
  const page = webLink(runUrl);
  return (
    <>
      <h3>Downloads</h3>
      <ul class="downloads">
        {artifacts.map((artifact) => {
          const files = downloads.filter((download) => download.artifact === artifact);
          const href =
            run.artifactUrl?.(artifact) ??
            (page === undefined
              ? undefined
              : `${page}&view=artifacts&pathAsName=false&type=publishedArtifacts`);
          return (
            <li key={artifact}>
              {href === undefined ? (
                `Artifact ${artifact}`
              ) : (
                <a href={href} target="_blank" rel="noopener noreferrer">
                  Artifact {artifact}
                </a>
              )}
              : {files.map(({ kind, path }) => `${path} (${kind.toUpperCase()})`).join(', ')}
            </li>
          );
        })}
      </ul>
    </>
  );
}
