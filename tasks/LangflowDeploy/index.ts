import { deployTask } from './main';

void deployTask();
