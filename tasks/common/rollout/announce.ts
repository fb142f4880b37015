import { randomUUID } from 'node:crypto';
import { debug } from '../agent/log';
import { systemClock } from '../clock';
import { messageOf } from '../errors';
import type { Cluster } from '../kubernetes/cluster';
import { MANAGED_BY_LABEL, MANAGER } from '../kubernetes/object';
import { recordName, type ReleaseRecord } from './record';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/: a longer message is refused. */
const LONGEST_MESSAGE = 1_024;

type Reason =
  | 'ReleaseDeployed'
  | 'ReleaseFailed'
  | 'ReleaseRestored'
  | 'ReleaseRolledBack'
  | 'CanaryDeployed'
  | 'CanaryRejected';

/** Leaves a Kubernetes event about the release's record, for `kubectl get events` and the monitoring of the cluster. */
export async function announce(
  { client, namespace }: Cluster,
  record: ReleaseRecord,
  type: 'Normal' | 'Warning',
  reason: Reason,
  message: string,
): Promise<void> {
  const name = recordName(record.revision);
  const now = new Date(systemClock.now()).toISOString();
  const time = now.replace(/\.\d+Z$/, 'Z');
  try {
    await client.createObject({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomUUID()}`, namespace, labels: { [MANAGED_BY_LABEL]: MANAGER } },
      involvedObject: { apiVersion: 'v1', kind: 'Secret', name, namespace },
      type,
      reason,
      message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
      source: { component: MANAGER },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  } catch (error) {
    // It is a courtesy: a pipeline identity without the right to write events deploys all the same.
    debug(`No event could be written: ${messageOf(error)}`);
  }
}
