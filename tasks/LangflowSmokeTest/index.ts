import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';

void runTask(new ViewDraft('LangflowSmokeTest', 'smokeTest'), async (signal, view) => {
  const inputs = await readInputs();
  const { smokeTest } = await import('./smokeTest');
  return smokeTest(inputs, signal, view);
});
