import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';

void runTask(new ViewDraft('LangflowScan', 'scan'), async (signal, view) => {
  const inputs = await readInputs();
  const { scan } = await import('./scan');
  return scan(inputs, signal, view);
});
