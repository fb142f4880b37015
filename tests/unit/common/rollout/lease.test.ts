import assert from 'node:assert/strict';
import type { Clock } from '../../../../tasks/common/clock';
import { ApiError } from '../../../../tasks/common/kubernetes/client';
import type { Cluster } from '../../../../tasks/common/kubernetes/cluster';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import { acquireLease, LeaseLostError, type Lease } from '../../../../tasks/common/rollout/lease';

type LeaseObject = KubernetesObject & { spec: { holderIdentity: string } };

/** An API server that knows one object, with the rules for resource versions. */
class OneObject {
  stored: LeaseObject | undefined;
  private version = 0;
  down = false;

  find = async (): Promise<LeaseObject | undefined> => structuredClone(await this.served());
  createObject = async (object: LeaseObject): Promise<LeaseObject> => {
    if (await this.served()) throw new ApiError(409, 'exists');
    return this.store(object);
  };
  update = async (object: LeaseObject): Promise<LeaseObject> => {
    const current = await this.served();
    if (!current) throw new ApiError(404, 'not found');
    if (current.metadata.resourceVersion !== object.metadata.resourceVersion)
      throw new ApiError(409, 'changed');
    return this.store(object);
  };

  store(object: LeaseObject): LeaseObject {
    const metadata = { ...object.metadata, resourceVersion: `${++this.version}` };
    this.stored = { ...structuredClone(object), metadata };
    return structuredClone(this.stored);
  }

  private served(): Promise<LeaseObject | undefined> {
    return this.down ? Promise.reject(new ApiError(0, 'refused')) : Promise.resolve(this.stored);
  }
}

/** Time passes as soon as somebody sleeps; `onSleep` is what happens meanwhile. */
class FakeClock implements Clock {
  time = 0;
  onSleep: (time: number) => void = () => undefined;
  now = (): number => this.time;
  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    this.time += ms;
    this.onSleep(this.time);
  };
}

describe('acquireLease', () => {
  let server: OneObject;
  let clock: FakeClock;
  beforeEach(() => {
    server = new OneObject();
    clock = new FakeClock();
  });

  function acquire(identity: string, timeoutMs = 60_000): Promise<Lease> {
    const cluster = { client: server, namespace: 'langflow' } as unknown as Cluster;
    return acquireLease(cluster, { identity, timeoutMs, clock, signal: new AbortController().signal });
  }
  const holder = (): string | undefined => server.stored?.spec.holderIdentity;
  function held(by: string): LeaseObject {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'langflow-delivery' },
      spec: { holderIdentity: by, ...{ leaseDurationSeconds: 30 } },
    };
  }

  it('takes a free one and gives it back', async () => {
    const lease = await acquire('a');
    assert.equal(holder(), 'a');
    await lease.release();
    assert.equal(holder(), '');
  });

  it('takes one that was given back, and one that is its own', async () => {
    server.store(held(''));
    await (await acquire('a')).release();
    server.store(held('a'));
    await (await acquire('a')).release();
    assert.equal(clock.time < 30_000, true, 'nobody was waited for');
  });

  it('names the holder when it does not let go in time', async () => {
    server.store(held('run 12'));
    clock.onSleep = () => server.store(held('run 12'));
    await assert.rejects(
      acquire('a', 5_000),
      /'langflow' is going on \(run 12\); nothing was applied.*lockTimeout/,
    );
    assert.equal(holder(), 'run 12');
  });

  it('fails at once when it must not wait', async () => {
    server.store(held('run 12'));
    await assert.rejects(acquire('a', 0), /run 12/);
    assert.equal(clock.time, 0);
  });

  it('waits for a living holder', async () => {
    server.store(held('b'));
    clock.onSleep = (time) => server.store(held(time < 40_000 ? 'b' : ''));
    const lease = await acquire('a');
    assert.equal(holder(), 'a');
    assert.equal(clock.time >= 40_000, true);
    clock.onSleep = () => undefined;
    await lease.release();
  });

  it('takes over from one that has not renewed for its duration', async () => {
    server.store(held('dead'));
    const lease = await acquire('a');
    assert.equal(holder(), 'a');
    assert.equal(clock.time, 30_000);
    await lease.release();
  });

  it('aborts when another holder has taken it', async () => {
    const lease = await acquire('a');
    server.store(held('thief'));
    await new Promise((resolve) => {
      lease.signal.addEventListener('abort', resolve);
    });
    assert.ok(lease.signal.reason instanceof LeaseLostError);
    assert.match(lease.signal.reason.message, /lost to thief/);
    await lease.release();
    assert.equal(holder(), 'thief', 'and is not given back');
  });

  it('survives an API server that is away for less than the duration, and no longer', async () => {
    const lease = await acquire('a');
    server.down = true;
    const since = clock.time;
    clock.onSleep = (time) => (server.down = time - since < 20_000);
    await until(() => !server.down && clock.time - since > 40_000);
    assert.equal(lease.signal.aborted, false);
    clock.onSleep = () => (server.down = true);
    await new Promise((resolve) => {
      lease.signal.addEventListener('abort', resolve);
    });
    assert.ok(lease.signal.reason instanceof LeaseLostError);
  });

  it('makes it again when its namespace was deleted and is back', async () => {
    const lease = await acquire('a');
    server.stored = undefined;
    await until(() => server.stored !== undefined);
    assert.equal(holder(), 'a');
    assert.equal(lease.signal.aborted, false);
    await lease.release();
  });

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  }
});
