import { runTask } from '../common/agent/task';
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
  return settings.action === 'deploy' ? deploy(settings, signal) : rollBackTo(settings, signal);
}
