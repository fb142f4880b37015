import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock, type Clock } from '../../../tasks/common/clock';
import { messageOf, UserError } from '../../../tasks/common/errors';
import { plural } from '../../../tasks/common/plural';
import { Applier } from './apply';
import { Client } from './client';
import { authorizationHeader, readSecrets, redactor } from './credentials';
import { identityIds } from './identities';
import { plan, type Action } from './plan';
import { reportFederation, reportPlan } from './report';
import { readSettings } from './settings';
import { readState } from './state';
import { wanted } from './wanted';

const USAGE = 'Usage: npx tsx samples/infra/azure-devops/setUp.ts SETTINGS.yml [--apply] [--set-secrets]';

export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  /** Writes a line. */
  write: (line: string) => void;
  clock?: Clock;
}

/**
 * Shows what Azure DevOps lacks of what the settings want and, with --apply, does it.
 * @returns the exit code: 0 when all is well, 1 after an error
 */
export async function setUp(
  args: string[],
  { environment, write, clock = systemClock }: Surroundings,
): Promise<number> {
  const secrets = readSecrets(environment);
  const redact = redactor([
    ...(Object.values(secrets) as (string | undefined)[]),
    environment.AZURE_DEVOPS_EXT_PAT,
    environment.SYSTEM_ACCESSTOKEN,
  ]);
  const say = (lines: string[]): void => {
    for (const line of lines) write(redact(line));
  };
  try {
    const { file, apply, setSecrets } = readArguments(args);
    const settings = readSettings(file);
    const client = new Client(settings.organization, authorizationHeader(environment).header, clock);
    const target = wanted(settings, secrets, await identityIds(client, settings.approval.approvers));
    const state = await readState(client, target);
    const actions = plan(target, state, setSecrets);
    say(reportPlan(actions));
    const todo = actions.filter(({ verb }) => verb !== 'same');
    if (apply) {
      refuseWithoutSecrets(todo);
      const applier = new Applier(client, target, state, clock);
      for (const [done, action] of todo.entries()) {
        try {
          await applier.apply(action);
        } catch (error) {
          const rest = `${plural(done, 'change')} of ${todo.length} made before; running it again goes on from there.`;
          throw new UserError(`${action.title}: ${messageOf(error)} (${rest})`);
        }
      }
    }
    say(['', summary(todo.length, apply), ...reportFederation(state)]);
    return 0;
  } catch (error) {
    say([
      error instanceof UserError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error),
    ]);
    return 1;
  }
}

function readArguments(args: string[]): { file: string; apply: boolean; setSecrets: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        apply: { type: 'boolean', default: false },
        'set-secrets': { type: 'boolean', default: false },
      },
    });
    const [file, extra] = positionals;
    if (file === undefined || extra !== undefined) throw new UserError('It takes one settings file.');
    return { file, apply: values.apply, setSecrets: values['set-secrets'] };
  } catch (error) {
    throw new UserError(`${messageOf(error)}\n${USAGE}`);
  }
}

/** Before the first change, so that nothing is left half done. */
function refuseWithoutSecrets(actions: readonly Action[]): void {
  const missing = [...new Set(actions.flatMap(({ missing }) => missing))];
  if (missing.length === 0) return;
  throw new UserError(
    `Nothing was changed: set ${missing.join(', ')} in the environment. README.md says what goes in.`,
  );
}

function summary(count: number, applied: boolean): string {
  if (count === 0) return 'Nothing to do.';
  return applied
    ? `${plural(count, 'change')} made.`
    : `Dry run: ${plural(count, 'change')} to make. Nothing was changed; --apply does it.`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await setUp(process.argv.slice(2), {
    environment: process.env,
    write: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
}
