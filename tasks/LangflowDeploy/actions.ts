import type { ViewDraft } from '../common/view/draft';
import { promote } from './canary/promote';
import { reject } from './canary/reject';
import { deploy } from './deploy';
import { finish } from './finish';
import type { Begun } from './handOver';
import type { Settings } from './inputs';
import { rollBackTo } from './rollbackAction';
import { DeploymentFacts, deploymentView, type Shown } from './view';

/** Does what the step is asked for; loaded once its inputs are good, since it brings the clients of Azure and Kubernetes. */
export function act(settings: Settings, view: ViewDraft, signal: AbortSignal): Promise<string> {
  const shown = shownBy(settings, view);
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

/** Ends what a step that was cut off has begun. */
export function finishBegun(
  begun: Begun,
  settings: Settings,
  view: ViewDraft,
  signal: AbortSignal,
): Promise<string> {
  return finish(begun, settings, shownBy(settings, view), signal);
}

function shownBy({ namespace }: Settings, view: ViewDraft): Shown {
  const facts = new DeploymentFacts(namespace);
  view.sections = () => ({ deployment: deploymentView(facts) });
  return { view, facts };
}
