import type { TaskRule } from './task';

/**
 * The first agent whose Node20_1 handler runs Node 20.9: v3.230.2 brought the handler, v3.232.0 that Node; 3.232.1 is
 * what most published tasks with that handler ask for. The server demands it, so that older agents update themselves before they take the job.
 */
const MINIMUM_AGENT_VERSION = '3.232.1';

/** All tasks ask for one agent, and each handler is a program of the folder. */
export const agent: TaskRule = (definition, { sources }) => [
  ...(definition.minimumAgentVersion === MINIMUM_AGENT_VERSION
    ? []
    : [`minimumAgentVersion is ${definition.minimumAgentVersion}, not ${MINIMUM_AGENT_VERSION}`]),
  ...(['prejobexecution', 'execution', 'postjobexecution'] as const).flatMap((phase) =>
    Object.entries(definition[phase] ?? {})
      .filter(([, { target }]) => !(target.replace(/\.js$/, '.ts') in sources))
      .map(([handler, { target }]) => `${phase}.${handler} runs ${target}, which no file is built to`),
  ),
];
