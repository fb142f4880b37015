import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';
import { smokeTest } from './smokeTest';

void runTask(new ViewDraft('LangflowSmokeTest', 'smokeTest'), (signal, view) =>
  smokeTest(readInputs(), signal, view),
);
