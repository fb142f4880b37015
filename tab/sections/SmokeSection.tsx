import { useState } from 'preact/hooks';
import type { Check, SmokeTest } from '../../tasks/common/view/view.generated';
import { formatMs } from '../model/format';
import type { State } from '../model/run';
import { Mark } from '../parts/Mark';
import { Message } from '../parts/Message';
import { TextBlock } from '../parts/TextBlock';
import { Tiles } from '../parts/Tiles';

const STATES: Record<Check['result'], State> = {
  passed: 'succeeded',
  failed: 'failed',
  warning: 'warning',
  skipped: 'skipped',
};

export function SmokeSection({ smokeTest }: { smokeTest: SmokeTest }) {
  const [isShort, setShort] = useState(false);
  const { counts, checks, namespace, rollback } = smokeTest;
  const shown = isShort ? checks.filter(({ result }) => result !== 'passed') : checks;
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <>
      <Tiles
        tiles={[
          ['Passed', counts.passed, 'good'],
          ['Failed', counts.failed, counts.failed > 0 ? 'bad' : ''],
          ['Warnings', counts.warning],
          ['Not run', counts.skipped],
          ['Namespace', namespace],
        ]}
      />
      {rollback && (
        <Message kind={rollback.outcome === 'restored' ? 'warning' : 'failed'}>{rollback.message}</Message>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={isShort}
          onChange={({ currentTarget }) => {
            setShort(currentTarget.checked);
          }}
        />
        Only what did not pass
      </label>
      {groups.map((group) => (
        <div key={group}>
          <h3>{group === '' ? 'Checks' : group}</h3>
          {shown
            .filter((check) => check.group === group)
            .map((check, index) => (
              <CheckItem key={`${check.name}/${index}`} check={check} />
            ))}
        </div>
      ))}
    </>
  );
}

function CheckItem({ check }: { check: Check }) {
  const { name, what, result, attempts, durationMs, latency, reasons, status } = check;
  return (
    <details class="item check-item" open={result === 'failed'}>
      <summary>
        <Mark state={STATES[result]} label={result} /> <span class="name">{name}</span>
        <code class="what">{what}</code>
        <span class="facts">
          {latency ? `${latency.requests > 1 ? 'p95 ' : ''}${formatMs(latency.p95Ms)}` : formatMs(durationMs)}
        </span>
      </summary>
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <p class="facts">
        {`${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, ${formatMs(durationMs)}`}
        {status !== undefined && `, status ${status}`}
        {latency &&
          `, ${latency.requests} ${latency.requests === 1 ? 'request' : 'requests'}: p50 ${formatMs(latency.p50Ms)}, p95 ${formatMs(latency.p95Ms)}, slowest ${formatMs(latency.maxMs)}`}
        {check.file !== undefined && `, ${check.file}:${check.line ?? 1}`}
      </p>
      <div class="columns">
        {check.request && <TextBlock title="Request" text={check.request} />}
        {check.expected && <TextBlock title="Expected" text={check.expected} />}
        {check.output && <TextBlock title="What came" text={check.output} />}
      </div>
      {check.evidence && <TextBlock title="Pods behind it" text={check.evidence} />}
    </details>
  );
}
