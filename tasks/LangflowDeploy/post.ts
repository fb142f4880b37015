import { postTask } from './main';

void postTask();
