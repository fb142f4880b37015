import { runTask } from '../common/agent/task';
import { deploy } from './deploy';
import { readInputs } from './inputs';

void runTask((signal) => deploy(readInputs(), signal));
