import { runTask } from '../common/agent/task';
import { promote } from './canary/promote';
import { reject } from './canary/reject';
import { deploy } from './deploy';
import { finish } from './finish';
import { readInputs, type Settings } from './inputs';
import { rollBackTo } from './rollbackAction';

/** The step itself. */
export function deployTask(): Promise<void> {
  return runTask((signal) => act(readInputs(), signal));
}

/** The post-job phase, which the agent runs whatever has become of the step. */
export function postTask(): Promise<void> {
  return runTask((signal) => finish(readInputs(), signal));
}

function act(settings: Settings, signal: AbortSignal): Promise<string> {
  switch (settings.action) {
    case 'deploy':
      return deploy(settings, signal);
    case 'promote':
      return promote(settings, signal);
    case 'reject':
      return reject(settings, signal);
    case 'rollback':
      return rollBackTo(settings, signal);
  }
}
