import { runTask } from '../common/agent/task';
import { readInputs } from './inputs';
import { scan } from './scan';

void runTask((signal) => scan(readInputs(), signal));
