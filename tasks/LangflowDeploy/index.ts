import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';

void runTask(new ViewDraft('LangflowDeploy', 'deploy'), async (signal, view) => {
  const settings = await readInputs();
  view.action = settings.action === 'deploy' && settings.planOnly ? 'plan' : settings.action;
  if ('releaseManifest' in settings) view.releaseManifest = settings.releaseManifest;
  const { act } = await import('./actions');
  return act(settings, view, signal);
});
