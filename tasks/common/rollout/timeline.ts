import { info } from '../agent/log';
import { formatDuration } from '../duration';
import { keyOf, nameOf, type KubernetesObject } from '../kubernetes/object';
import type { Health } from './healthState';

/** The way of one object through a rollout; times in milliseconds since its start. */
export interface TimelineEntry {
  /** `Deployment/backend`. */
  name: string;
  appliedAt: number;
  /** Undefined for one that never became healthy. */
  healthyAt?: number;
  /** Each state that differs from the one before. */
  states: { at: number; state: Health['state']; detail: string }[];
}

/** Keeps, and prints, when each object of a rollout changed its state. */
export class Timeline {
  private readonly entriesByKey = new Map<string, TimelineEntry>();

  /** @param started on the clock, in milliseconds */
  constructor(private readonly started: number) {}

  applied(object: KubernetesObject, now: number): void {
    this.entriesByKey.set(keyOf(object), { name: nameOf(object), appliedAt: now - this.started, states: [] });
  }

  note(object: KubernetesObject, health: Health, now: number): void {
    const at = now - this.started;
    const entry = this.entriesByKey.get(keyOf(object)) ?? { name: nameOf(object), appliedAt: at, states: [] };
    this.entriesByKey.set(keyOf(object), entry);
    const detail = health.state === 'healthy' ? 'healthy' : health.detail;
    const last = entry.states.at(-1);
    if (last?.state === health.state && last.detail === detail) return;
    entry.states.push({ at, state: health.state, detail });
    if (health.state === 'healthy') entry.healthyAt = at;
    info(`${entry.name}: ${detail} (${formatDuration(at)})`);
  }

  /** In the order in which they were applied. */
  entries(): TimelineEntry[] {
    return [...this.entriesByKey.values()];
  }
}
