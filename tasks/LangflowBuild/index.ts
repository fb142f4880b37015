import { runTask } from '../common/agent/task';
import { build } from './build';
import { readInputs } from './inputs';
import { joinManifests } from './joinAction';

void runTask(async (signal) => {
  const inputs = readInputs();
  return inputs.action === 'join' ? joinManifests(inputs) : build(inputs, signal);
});
