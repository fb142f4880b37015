import { UserError } from '../common/errors';

/** One target of the build and how it is built, with all paths absolute and all defaults filled in. */
export interface Component {
  name: string;
  context: string;
  dockerfile: string;
  target: string | undefined;
  args: Record<string, string>;
  /** Named contexts: `target:<component>`, a URL, or the absolute path of a folder. */
  contexts: Record<string, string>;
  /** Empty: that of the builder. */
  platforms: string[];
  labels: Record<string, string>;
  /** Ids of build secrets. */
  secrets: string[];
  ssh: boolean;
  /** It is an image of the release. */
  publish: boolean;
  /** Name of the component that it tests; undefined for what is no test. */
  testOf: string | undefined;
  /** Whatever else a bake file says of it. */
  bake: Record<string, unknown>;
}

const TARGET = 'target:';

/** Names of the components whose result this one builds upon. */
export function basesOf(component: Component): string[] {
  return Object.values(component.contexts).flatMap((value) => baseOf(value) ?? []);
}

/** This component and all that its image is built upon, itself first. */
export function withBases(component: Component, components: readonly Component[]): Component[] {
  const found = new Set([component]);
  for (const one of found) {
    for (const name of basesOf(one)) {
      const base = components.find((other) => other.name === name);
      if (base) found.add(base);
    }
  }
  return [...found];
}

/** A named context that is a folder, in contrast to another component or a URL. */
export function isFolderContext(value: string): boolean {
  return baseOf(value) === undefined && !isUrl(value);
}

/**
 * The components for an agent that builds just some of the images; what they are built upon stays as a base.
 * @throws UserError for a name that is no image
 */
export function select(components: readonly Component[], names: readonly string[]): Component[] {
  if (names.length === 0) return [...components];
  const images = components.filter(({ publish }) => publish).map(({ name }) => name);
  const unknown = names.find((name) => !images.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Input 'select': there is no image '${unknown}'; accepted are ${images.join(', ')}, separated by commas.`,
    );
  }
  const chosen = components.filter(
    ({ name, testOf }) => names.includes(name) || (testOf !== undefined && names.includes(testOf)),
  );
  const needed = new Set(chosen.flatMap((component) => withBases(component, components)));
  return components
    .filter((component) => needed.has(component))
    .map((component) => (names.includes(component.name) ? component : { ...component, publish: false }));
}

function baseOf(context: string): string | undefined {
  return context.startsWith(TARGET) ? context.slice(TARGET.length) : undefined;
}

function isUrl(context: string): boolean {
  return context.includes('://');
}
