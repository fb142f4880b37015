import {
  ListWatch,
  Watch,
  type KubernetesListObject,
  type KubernetesObject as Known,
} from '@kubernetes/client-node';
import { debug } from '../agent/log';
import { systemClock, type Clock } from '../clock';
import { messageOf } from '../errors';
import { ApiError } from '../kubernetes/client';
import type { Cluster } from '../kubernetes/cluster';
import { RELEASE_OBJECTS, type KubernetesObject } from '../kubernetes/object';
import type { Pod } from '../kubernetes/pods';
import type { ClusterEvent } from './trouble';

/** A watch that broke off (a restart of the API server, a lost connection) is begun again after this, in milliseconds. */
const RECONNECT_MS = 1_000;
/** A rollout changes a dozen objects within milliseconds; one look at them all is enough. */
const SETTLE_MS = 100;

/** A watched collection: `GET path?selectors`. */
interface Collection {
  path: string;
  /** The items of a list say neither. */
  apiVersion: string;
  kind: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** client-node's type of an object has dates where the JSON, which is what it really holds, has texts. */
type Cache = ListWatch<Known>;

/**
 * A live copy of what the health of a release depends on: the release's objects, its pods and ReplicaSets, and the
 * namespace's warnings. It is fed by watches, so that nothing is asked twice; client-node's informer lists again when a
 * watch has expired (410), and this class begins again when a connection breaks.
 */
export class Monitor {
  private readonly caches = new Map<string, Promise<Cache>>();
  private readonly running = new Map<string, Cache>();
  /** Uids of objects that were seen to be deleted. */
  private readonly deletedUids = new Set<string>();
  /** Warnings that were there before: none of this release's making. */
  private readonly formerEvents = new Set<string>();
  private changes = 0;
  private wake: (() => void) | undefined;
  private stopped = false;

  private constructor(
    private readonly cluster: Cluster,
    private readonly clock: Clock,
  ) {}

  /** Begins with the pods and warnings of the namespace, before anything is applied. */
  static async start(cluster: Cluster, clock: Clock = systemClock): Promise<Monitor> {
    const monitor = new Monitor(cluster, clock);
    await Promise.all([monitor.watch(monitor.pods_), monitor.watch(monitor.events_)]);
    for (const event of monitor.warnings()) monitor.formerEvents.add(versionOf(event));
    return monitor;
  }

  /**
   * Watches the kinds of these objects too.
   * @throws ApiError when one of the kinds must not be watched
   */
  async follow(objects: readonly KubernetesObject[]): Promise<void> {
    const kinds = new Map(objects.map((object) => [`${object.apiVersion} ${object.kind}`, object]));
    await Promise.all(
      [...kinds.values()].map(async ({ apiVersion, kind }) => {
        const collection = await this.collectionOf(apiVersion, kind);
        if (collection) await this.watch(collection);
      }),
    );
    if (objects.some(({ kind }) => kind === 'Deployment')) await this.watch(this.replicaSets_);
  }

  /** The object as it is now; undefined when it is not there, or not yet seen. */
  find({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject | undefined {
    const cache = this.running.get(`${apiVersion} ${kind}`);
    const found = cache?.get(metadata.name, metadata.namespace) as KubernetesObject | undefined;
    return found && { ...found, apiVersion, kind };
  }

  wasDeleted(uid: string | undefined): boolean {
    return uid !== undefined && this.deletedUids.has(uid);
  }

  pods(): Pod[] {
    const pods = this.listed(this.pods_) as Pod[];
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  replicaSets(): KubernetesObject[] {
    return this.listed(this.replicaSets_);
  }

  /** The warnings since the start. */
  newWarnings(): ClusterEvent[] {
    return this.warnings().filter((event) => !this.formerEvents.has(versionOf(event)));
  }

  /** Resolves at the next change (or at once when there was one since the last call), and after `ms` at the latest. */
  async changed(ms: number, signal: AbortSignal): Promise<void> {
    if (this.changes === 0) {
      const awake = new AbortController();
      this.wake = () => {
        awake.abort();
      };
      // An aborted sleep is a change, not a failure.
      await this.clock.sleep(ms, AbortSignal.any([awake.signal, signal])).catch(() => undefined);
      this.wake = undefined;
    }
    signal.throwIfAborted();
    if (this.changes > 0) await this.clock.sleep(SETTLE_MS, signal);
    this.changes = 0;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.running.values()].map((cache) => cache.stop()));
  }

  private get pods_(): Collection {
    return {
      path: `/api/v1/namespaces/${this.cluster.namespace}/pods`,
      apiVersion: 'v1',
      kind: 'Pod',
      labelSelector: RELEASE_OBJECTS,
    };
  }

  private get replicaSets_(): Collection {
    return {
      path: `/apis/apps/v1/namespaces/${this.cluster.namespace}/replicasets`,
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      labelSelector: RELEASE_OBJECTS,
    };
  }

  private get events_(): Collection {
    return {
      path: `/api/v1/namespaces/${this.cluster.namespace}/events`,
      apiVersion: 'v1',
      kind: 'Event',
      fieldSelector: 'type=Warning',
    };
  }

  private async collectionOf(apiVersion: string, kind: string): Promise<Collection | undefined> {
    const type = await this.cluster.client.resourceType(apiVersion, kind);
    if (!type) return undefined;
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const inNamespace = type.namespaced ? `/namespaces/${this.cluster.namespace}` : '';
    return {
      path: `${group}${inNamespace}/${type.plural}`,
      apiVersion,
      kind,
      labelSelector: RELEASE_OBJECTS,
    };
  }

  private listed({ apiVersion, kind }: Collection): KubernetesObject[] {
    return (this.running.get(`${apiVersion} ${kind}`)?.list() ?? []) as KubernetesObject[];
  }

  private warnings(): ClusterEvent[] {
    return this.listed(this.events_);
  }

  private watch(collection: Collection): Promise<Cache> {
    const key = `${collection.apiVersion} ${collection.kind}`;
    const begun = this.caches.get(key) ?? this.begin(key, collection);
    this.caches.set(key, begun);
    return begun;
  }

  private async begin(key: string, { path, labelSelector, fieldSelector }: Collection): Promise<Cache> {
    const { client, config } = this.cluster;
    let refused: unknown;
    const list = async (): Promise<KubernetesListObject<Known>> => {
      try {
        const selectors = {
          ...(labelSelector && { labelSelector }),
          ...(fieldSelector && { fieldSelector }),
        };
        return (await client.listPath(path, selectors)) as unknown as KubernetesListObject<Known>;
      } catch (error) {
        refused = error;
        throw error;
      }
    };
    const cache: Cache = new ListWatch(path, new Watch(config), list, false, labelSelector, fieldSelector);
    cache.on('change', () => {
      this.changes += 1;
      this.wake?.();
    });
    cache.on('delete', ({ metadata }) => {
      if (metadata?.uid !== undefined) this.deletedUids.add(metadata.uid);
    });
    cache.on('error', (error) => {
      if (!this.stopped) this.again(cache, path, error);
    });
    this.running.set(key, cache);
    await cache.start();
    // The first list decides whether this may be watched at all; later failures may pass.
    if (refused instanceof ApiError) throw refused;
    return cache;
  }

  private again(cache: Cache, path: string, error: unknown): void {
    debug(`The watch of ${path} broke off (${messageOf(error)}); beginning again in ${RECONNECT_MS} ms.`);
    const timer = setTimeout(() => {
      if (!this.stopped) void cache.start();
    }, RECONNECT_MS);
    // A step that has ended waits for no watch.
    timer.unref();
  }
}

function versionOf({ metadata }: KubernetesObject): string {
  return `${metadata.uid ?? ''} ${metadata.resourceVersion ?? ''}`;
}
