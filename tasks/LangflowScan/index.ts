import { runTask } from '../common/agent/task';
import { ViewDraft } from '../common/view/draft';
import { readInputs } from './inputs';
import { scan } from './scan';

void runTask(new ViewDraft('LangflowScan', 'scan'), (signal, view) => scan(readInputs(), signal, view));
