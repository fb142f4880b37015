import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { promote } from './canary/promote';
import { reject } from './canary/reject';
import { deploy } from './deploy';
import { finish } from './finish';
import { readInputs, type Settings } from './inputs';
import { rollBackTo } from './rollbackAction';
import { DeploymentFacts, deploymentView, type Shown } from './view';

/** The step itself. */
export function deployTask(): Promise<void> {
  return runTask(new ViewDraft('LangflowDeploy', 'deploy'), (signal, view) => {
    const settings = readInputs();
    view.action = settings.action === 'deploy' && settings.planOnly ? 'plan' : settings.action;
    if ('releaseManifest' in settings) view.releaseManifest = settings.releaseManifest;
    const facts = new DeploymentFacts(settings.namespace);
    view.sections = () => ({ deployment: deploymentView(facts) });
    return act(settings, { view, facts }, signal);
  });
}

/** The post-job phase, which the agent runs whatever has become of the step. */
export function postTask(): Promise<void> {
  return runTask(new ViewDraft('LangflowDeploy', 'finish'), (signal, view) => {
    const settings = readInputs();
    const facts = new DeploymentFacts(settings.namespace);
    view.sections = () => ({ deployment: deploymentView(facts) });
    return finish(settings, { view, facts }, signal);
  });
}

function act(settings: Settings, shown: Shown, signal: AbortSignal): Promise<string> {
  switch (settings.action) {
    case 'deploy':
      return deploy(settings, shown, signal);
    case 'promote':
      return promote(settings, shown, signal);
    case 'reject':
      return reject(settings, shown, signal);
    case 'rollback':
      return rollBackTo(settings, shown, signal);
  }
}
