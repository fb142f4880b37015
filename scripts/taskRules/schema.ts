import Ajv, { type ErrorObject } from 'ajv';
import AjvDraft04 from 'ajv-draft-04';
import ours from '../task.schema.json' with { type: 'json' };
import official from '../vendor/azure-pipelines-task-lib/tasks.schema.json' with { type: 'json' };
import type { TaskDefinition } from './task';

// The official patterns escape what a regular expression with the flag u must not; draft-04 has no meta schema there.
const matchesOfficial = new AjvDraft04({ allErrors: true, strict: false, unicodeRegExp: false }).compile({
  ...official,
  $schema: 'http://json-schema.org/draft-04/schema#',
});
const matchesOurs = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<TaskDefinition>(ours);

/** The definition, or what keeps it from being one by the official schema and by ours, which asks for more. */
export function checkSchema(definition: unknown): { valid: TaskDefinition } | { problems: string[] } {
  const isOfficial = matchesOfficial(definition);
  if (matchesOurs(definition) && isOfficial) return { valid: definition };
  const errors = [...(matchesOfficial.errors ?? []), ...(matchesOurs.errors ?? [])].map(sentence);
  return { problems: [...new Set(errors)] };
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  return `task.json ${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`;
}
