import type { ComponentChildren } from 'preact';
import { Mark } from './Mark';
import type { State } from '../model/run';

/** A plain message above or instead of something. What failed is announced at once. */
export function Message({ kind, children }: { kind: State; children: ComponentChildren }) {
  return (
    <div class={`message ${kind}`} role={kind === 'failed' ? 'alert' : 'status'}>
      <Mark state={kind} />
      <div class="text">{children}</div>
    </div>
  );
}
