import { InputError } from '../common/errors';
import { nameOf } from '../common/kubernetes/object';
import { fieldsAt } from './fields';
import { qualifiedKind } from './podSpec';
import type { ManifestObject } from './render/manifest';

/** A number of pods, or a share of them such as `25%`. */
export type PodCount = number | `${number}%`;

/** How a rolling update of every Deployment goes; what is undefined stays as the manifest has it. */
export interface RolloutSettings {
  maxSurge?: PodCount | undefined;
  maxUnavailable?: PodCount | undefined;
}

/** @throws InputError that says what is accepted */
export function parsePodCount(input: string, text: string | undefined): PodCount | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  if (/^(\d{1,2}|100)%$/.test(text)) return text as PodCount;
  throw new InputError(input, text, 'a number of pods such as 2, or a share of them such as 25%');
}

/** @throws InputError when both are zero: no pod could be replaced */
export function checkRolloutSettings({ maxSurge, maxUnavailable }: RolloutSettings): void {
  const isZero = (count: PodCount | undefined): boolean => count !== undefined && /^0+%?$/.test(`${count}`);
  if (isZero(maxSurge) && isZero(maxUnavailable))
    throw new InputError('maxUnavailable', `${maxUnavailable ?? ''}`, 'more than 0 while maxSurge is 0');
}

/**
 * Sets the strategy of every Deployment that rolls. One with the strategy Recreate keeps it: its pods must not run side by
 * side, for example because they share a volume.
 * @returns the names of those that keep Recreate
 */
export function setRollout(objects: readonly ManifestObject[], settings: RolloutSettings): string[] {
  const given = Object.fromEntries(Object.entries(settings).filter(([, count]) => count !== undefined));
  if (Object.keys(given).length === 0) return [];
  const kept: string[] = [];
  for (const { object } of objects) {
    if (qualifiedKind(object) !== 'Deployment.apps') continue;
    const [spec] = fieldsAt(object, 'spec');
    const [strategy] = fieldsAt(spec, 'strategy');
    if (strategy?.type === 'Recreate') kept.push(nameOf(object));
    else if (spec) {
      const [rollingUpdate] = fieldsAt(strategy, 'rollingUpdate');
      spec.strategy = { ...strategy, type: 'RollingUpdate', rollingUpdate: { ...rollingUpdate, ...given } };
    }
  }
  return kept;
}
