import { keyOf, type KubernetesObject } from '../kubernetes/object';
import type { Health } from './healthState';
import { progressing } from './healthState';

/** Long enough for a program that ends because of what it finds at its start. */
export const STEADY_MS = 5_000;

/**
 * A pod without a readiness probe is ready as soon as it runs, also when it ends a moment later; the controller then counts
 * it as available. Such a workload has to stay healthy for a while after it was rolled, before anybody believes it.
 */
export class Steadiness {
  private readonly rolled = new Set<string>();
  private readonly healthySince = new Map<string, number>();

  /** The health of a workload, or that it has to show for some time that it stays up. */
  judge(object: KubernetesObject, health: Health, now: number): Health {
    const key = keyOf(object);
    if (health.state !== 'healthy') {
      this.rolled.add(key);
      this.healthySince.delete(key);
      return health;
    }
    // What was healthy when it was first looked at has not been rolled.
    if (!this.rolled.has(key) || !isProbeless(object)) return health;
    const since = this.healthySince.get(key) ?? now;
    this.healthySince.set(key, since);
    return now - since >= STEADY_MS
      ? health
      : progressing('waiting whether it stays up, since it has no readiness probe');
  }
}

interface Spec {
  replicas?: number;
  template?: { spec?: { containers?: { readinessProbe?: object }[] } };
}

/** Whether the workload keeps pods running of which a container has no readiness probe. */
function isProbeless({ kind, spec }: KubernetesObject): boolean {
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)) return false;
  const { replicas = 1, template } = (spec ?? {}) as Spec;
  const containers = template?.spec?.containers ?? [];
  return replicas > 0 && containers.some(({ readinessProbe }) => readinessProbe === undefined);
}
