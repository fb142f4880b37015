import { info } from '../agent/log';
import { formatDuration } from '../duration';
import { keyOf, nameOf, type KubernetesObject } from '../kubernetes/object';
import type { Health } from './healthState';
import { waveOf, type Wave } from './waves';

/** On the way forth, or back after it failed. */
export type Phase = 'rollout' | 'restore';

/** The way of one object through a rollout; times in milliseconds since its start. */
export interface TimelineEntry {
  /** `Deployment/backend`. */
  name: string;
  wave: Wave;
  phase: Phase;
  appliedAt: number;
  /** Undefined for one that never became healthy. */
  healthyAt?: number;
  /** Each state that differs from the one before. */
  states: { at: number; state: Health['state']; detail: string }[];
}

/** Keeps, and prints, when each object of a rollout changed its state. */
export class Timeline {
  private readonly all: TimelineEntry[] = [];
  /** The latest one of each object. */
  private readonly entriesByKey = new Map<string, TimelineEntry>();
  private phase: Phase = 'rollout';

  /** @param started on the clock, in milliseconds */
  constructor(readonly started: number) {}

  /** What is applied from here on is put back. */
  restoring(): void {
    this.phase = 'restore';
  }

  applied(object: KubernetesObject, now: number): void {
    this.begin(object, now - this.started);
  }

  note(object: KubernetesObject, health: Health, now: number): void {
    const at = now - this.started;
    const entry = this.entriesByKey.get(keyOf(object)) ?? this.begin(object, at);
    const detail = health.state === 'healthy' ? 'healthy' : health.detail;
    const last = entry.states.at(-1);
    if (last?.state === health.state && last.detail === detail) return;
    entry.states.push({ at, state: health.state, detail });
    if (health.state === 'healthy') entry.healthyAt = at;
    info(`${entry.name}: ${detail} (${formatDuration(at)})`);
  }

  /** In the order in which they were applied; an object that was put back has one of each phase. */
  entries(): TimelineEntry[] {
    return [...this.all];
  }

  private begin(object: KubernetesObject, appliedAt: number): TimelineEntry {
    const { phase } = this;
    const entry = { name: nameOf(object), wave: waveOf(object), phase, appliedAt, states: [] };
    this.all.push(entry);
    this.entriesByKey.set(keyOf(object), entry);
    return entry;
  }
}
