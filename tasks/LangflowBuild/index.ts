import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { build } from './build';
import { readInputs } from './inputs';
import { joinManifests } from './joinAction';

void runTask(new ViewDraft('LangflowBuild', 'build'), async (signal, view) => {
  const inputs = readInputs();
  view.action = inputs.action;
  view.releaseManifest = inputs.releaseManifest;
  return inputs.action === 'join' ? joinManifests(inputs, view) : build(inputs, signal, view);
});
