import { runTask } from '../common/agent/task';
import { readInputs } from './inputs';
import { smokeTest } from './smokeTest';

void runTask((signal) => smokeTest(readInputs(), signal));
