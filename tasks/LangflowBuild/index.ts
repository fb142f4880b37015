import { runTask } from '../common/agent/task';
import { build } from './build';
import { readInputs } from './inputs';

void runTask((signal) => build(readInputs(), signal));
