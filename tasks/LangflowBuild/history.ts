import { isWithin } from '../common/paths';
import { run } from '../common/process';
import type { Origin } from './bakeFile';
import { isFolderContext, withBases, type Component } from './components';

/** What is known of the sources' history. */
export interface History {
  /** By component: the last commit that touched it or what it is built upon. */
  origins: Record<string, Origin> | undefined;
  /** Why there are no origins of single components; undefined when there are. */
  gap: 'no git' | 'shallow' | undefined;
}

/**
 * Asks git who made each component last. In a shallow clone (the default of `checkout`) git takes the oldest commit that
 * it has for the maker of everything, so the answer would change with every commit.
 * @param anyway take that answer all the same
 */
export async function readHistory(
  components: readonly Component[],
  folder: string,
  signal: AbortSignal,
  anyway: boolean,
): Promise<History> {
  const git = async (...args: string[]): Promise<string> => {
    const { tail } = await run('git', ['-C', folder, ...args], { signal, silent: true });
    return tail.join('\n').trim();
  };
  let shallow: boolean;
  try {
    shallow = (await git('rev-parse', '--is-shallow-repository')) === 'true';
  } catch {
    signal.throwIfAborted();
    return { origins: undefined, gap: 'no git' };
  }
  if (shallow && !anyway) return { origins: undefined, gap: 'shallow' };
  const found = await Promise.all(
    components.map(async (component): Promise<[string, Origin][]> => {
      const paths = pathsOf(component, components, folder);
      const [commit = '', time] = (await git('log', '-1', '--format=%H %ct', '--', ...paths)).split(' ');
      // A folder that git does not know, such as one that an earlier step made, has no history.
      return commit === '' ? [] : [[component.name, { commit, time: Number(time) }]];
    }),
  );
  return { origins: Object.fromEntries(found.flat()), gap: shallow ? 'shallow' : undefined };
}

/** Every folder of the sources whose content can change the image. */
function pathsOf(component: Component, components: readonly Component[], folder: string): string[] {
  const paths = withBases(component, components).flatMap(({ context, dockerfile, contexts }) => [
    ...(isFolderContext(context) ? [context, dockerfile] : []),
    ...Object.values(contexts).filter(isFolderContext),
  ]);
  return [...new Set(paths)].filter((one) => isWithin(folder, one));
}
