import { randomUUID } from 'node:crypto';
import { debug, info } from '../agent/log';
import { localized } from '../agent/messages';
import type { RunInfo } from '../agent/runInfo';
import type { Clock } from '../clock';
import { formatDuration } from '../duration';
import { messageOf, UserError } from '../errors';
import { ApiError } from '../kubernetes/client';
import type { Cluster } from '../kubernetes/cluster';
import { MANAGED_BY_LABEL, MANAGER, type KubernetesObject } from '../kubernetes/object';

/** A holder that has not renewed for so long is dead. */
const DURATION_S = 30;
const RENEW_MS = 8_000;
const ASK_AGAIN_MS = 1_000;

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface LeaseObject extends KubernetesObject {
  spec?: LeaseSpec;
}

/** The right to change the release of a namespace. */
export interface Lease {
  /** Aborts when the caller's signal does, and when somebody else has taken the lease. */
  signal: AbortSignal;
  release(): Promise<void>;
}

export interface LeaseRequest {
  /** Whoever has it already under this identity keeps it. Ends with what a person can read: `run 12, <uuid>`. */
  identity: string;
  /** How long to wait for another holder, in milliseconds; 0 fails at once. */
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Takes the namespace's lease, so that two deployments never mix: waits for a living holder, and takes over from a dead
 * one. As client-go's leader election does, it trusts no other machine's clock: a holder is dead when its lease has not
 * changed for its duration as we see it (client-go/tools/leaderelection).
 * @throws UserError that names the holder, when it did not let go in time
 */
export async function acquireLease(cluster: Cluster, request: LeaseRequest): Promise<Lease> {
  const { clock, identity, timeoutMs } = request;
  const started = clock.now();
  let seen = { version: '', at: started };
  for (let said = false; ;) {
    request.signal.throwIfAborted();
    const current: LeaseObject | undefined = await cluster.client.find(leaseOf(cluster));
    const version = current?.metadata.resourceVersion ?? '';
    if (version !== seen.version) seen = { version, at: clock.now() };
    const holder = current?.spec?.holderIdentity ?? '';
    const dead = clock.now() - seen.at >= (current?.spec?.leaseDurationSeconds ?? DURATION_S) * 1_000;
    if (holder === '' || holder === identity || dead) {
      if (dead && holder !== '') info(`The deployment by ${holder} does not live any more; taking over.`);
      const taken = await take(cluster, current, identity, clock);
      if (taken) return hold(cluster, taken, request);
      continue;
    }
    if (clock.now() - started >= timeoutMs) {
      throw new UserError(
        localized('AnotherDeployment', cluster.namespace, holder, formatDuration(timeoutMs)),
      );
    }
    if (!said)
      info(`Waiting for another deployment to the namespace '${cluster.namespace}' to end: ${holder}.`);
    said = true;
    await clock.sleep(ASK_AGAIN_MS, request.signal);
  }
}

/** @returns undefined when somebody else was faster */
async function take(
  cluster: Cluster,
  current: LeaseObject | undefined,
  identity: string,
  clock: Clock,
): Promise<LeaseObject | undefined> {
  const now = microTime(clock);
  const wanted: LeaseObject = {
    ...leaseOf(cluster, current?.metadata.resourceVersion),
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION_S,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (current ? 1 : 0),
    },
  };
  return written(cluster, wanted, current === undefined);
}

/** @returns undefined after a conflict: the object is not any more what we have read */
async function written(
  { client }: Cluster,
  lease: LeaseObject,
  isNew: boolean,
): Promise<LeaseObject | undefined> {
  try {
    return await (isNew ? client.createObject(lease) : client.update(lease));
  } catch (error) {
    if (error instanceof ApiError && (error.code === 409 || (error.code === 404 && !isNew))) return undefined;
    throw error;
  }
}

function hold(cluster: Cluster, taken: LeaseObject, { clock, signal, identity }: LeaseRequest): Lease {
  const lost = new AbortController();
  const ended = new AbortController();
  let current = taken;
  const renew = async (): Promise<void> => {
    let renewed = clock.now();
    while (!ended.signal.aborted) {
      await clock.sleep(RENEW_MS, ended.signal);
      try {
        const spec = { ...current.spec, renewTime: microTime(clock) };
        const next = await written(cluster, { ...current, spec }, false);
        if (next) {
          current = next;
          renewed = clock.now();
        } else {
          // Written by somebody: by another holder, or by ourselves with an answer that got lost.
          const found: LeaseObject | undefined = await cluster.client.find(leaseOf(cluster));
          if (found && found.spec?.holderIdentity !== identity) {
            lost.abort(new LeaseLostError(cluster.namespace, found.spec?.holderIdentity));
            return;
          }
          // Gone with its namespace, it is nobody's; it is ours again once the namespace is back.
          renewed = clock.now();
          current = found ?? (await take(cluster, undefined, identity, clock)) ?? current;
        }
      } catch (error) {
        // The API server may be restarting. Who cannot renew for the whole duration is dead to the others.
        debug(`The lease could not be renewed: ${messageOf(error)}`);
        if (clock.now() - renewed >= DURATION_S * 1_000) {
          lost.abort(new LeaseLostError(cluster.namespace, undefined));
          return;
        }
      }
    }
  };
  // The sleep that `ended` interrupts rejects.
  const renewing = renew().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    release: async () => {
      ended.abort();
      await renewing;
      if (lost.signal.aborted) return;
      const spec = { ...current.spec, holderIdentity: '' };
      await written(cluster, { ...current, spec }, false).catch((error: unknown) => {
        info(
          `The lease could not be given back (${messageOf(error)}); it ends by itself in ${DURATION_S} s.`,
        );
      });
    },
  };
}

/** Somebody else deploys: whatever is done to the release now would mix with theirs. */
export class LeaseLostError extends UserError {
  override name = 'LeaseLostError';

  constructor(namespace: string, holder: string | undefined) {
    super(holder ? localized('LeaseLostTo', namespace, holder) : localized('LeaseLost', namespace));
  }
}

function leaseOf({ namespace }: Cluster, resourceVersion?: string): LeaseObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: MANAGER,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGER },
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  };
}

/** MicroTime of the API: six digits behind the second. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z');
}

/** For people who wait, and unique: a retried step is another holder. */
export function leaseIdentity({ number, by, url }: RunInfo): string {
  return `run ${number ?? 'without a number'}${by ? ` of ${by}` : ''}${url ? ` (${url})` : ''}, ${randomUUID()}`;
}
