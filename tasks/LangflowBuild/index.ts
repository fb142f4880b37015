import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';

void runTask(new ViewDraft('LangflowBuild', 'build'), async (signal, view) => {
  const inputs = await readInputs();
  view.action = inputs.action;
  view.releaseManifest = inputs.releaseManifest;
  if (inputs.action === 'join') {
    const { joinManifests } = await import('./joinAction');
    return joinManifests(inputs, view);
  }
  const { build } = await import('./build');
  return build(inputs, signal, view);
});
