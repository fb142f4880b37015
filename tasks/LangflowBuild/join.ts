import { UserError } from '../common/errors';
import type { ReleaseManifest } from '../common/release/release';

/**
 * One release from the manifests of agents that each built some of its images.
 * @param parts by the name of their file
 * @throws UserError when they are not of one commit, have a component in common, or went further than being built
 */
export function joined(parts: ReadonlyMap<string, ReleaseManifest>, name: string): ReleaseManifest {
  const [[firstFile, first] = [undefined, undefined], ...others] = parts;
  if (!first) throw new UserError('There is no release manifest to join.');
  for (const [file, part] of others) {
    if (part.source.commit !== first.source.commit) {
      throw new UserError(
        `Release manifests of different commits are no release: ${firstFile} is of ${first.source.commit}, ${file} of ` +
          `${part.source.commit}. Build all of them in one run.`,
      );
    }
  }
  const owners = new Map<string, string>();
  for (const [file, { components, ...part }] of parts) {
    for (const section of ['scan', 'deployment', 'smokeTest'] as const) {
      if (part[section]) {
        throw new UserError(
          `${file} already has the section '${section}'; join release manifests before anything else is done with them.`,
        );
      }
    }
    for (const component of components) {
      const owner = owners.get(component.name);
      if (owner !== undefined)
        throw new UserError(
          `The component '${component.name}' is in ${owner} and in ${file}. Build it once.`,
        );
      owners.set(component.name, file);
    }
  }
  return {
    schemaVersion: 1,
    name,
    source: first.source,
    ...(first.build && { build: first.build }),
    components: [...parts.values()].flatMap(({ components }) => components),
  };
}
