import { localized } from '../common/agent/messages';
import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { handedOver } from './handOver';
import { readInputs } from './inputs';

/** The post-job phase, which the agent runs whatever has become of the step. */
void runTask(new ViewDraft('LangflowDeploy', 'finish'), async (signal, view) => {
  view.wanted = false;
  const begun = handedOver();
  if (begun === undefined) return localized('NothingBegun');
  const settings = await readInputs();
  const { finishBegun } = await import('./actions');
  return finishBegun(begun, settings, view, signal);
});
