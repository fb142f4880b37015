import * as path from 'node:path';
import { isFolderContext, withBases, type Component } from './components';

export interface BakeOptions {
  /** What begins every repository: registry host and prefix, `localhost:5000/langflow`. */
  repositories: string;
  tag: string;
  /** Push the images and write the layer cache. */
  push: boolean;
  cache: 'registry' | 'none';
  /** PEM file that every build may mount as the secret `ca`. */
  caBundle: string | undefined;
}

/** The part of a bake definition that we use (docs.docker.com/build/bake/reference). */
export interface BakeFile {
  group: { default: { targets: string[] } };
  target: Record<string, BakeTarget>;
}

export interface BakeTarget {
  context: string;
  dockerfile: string;
  target?: string;
  args?: Record<string, string>;
  contexts?: Record<string, string>;
  tags?: string[];
  secret?: string[];
  attest: string[];
  output: string[];
  'cache-from'?: string[];
  'cache-to'?: string[];
}

/** The image of a component, without tag. */
export function repositoryOf(name: string, { repositories }: BakeOptions): string {
  return `${repositories}/${name}`;
}

/**
 * The one graph of all components: what is published is its default group, the rest is built where it is needed.
 * Attestations stay out of the images, for they hold times: an unchanged component keeps its digest.
 */
export function bakeFile(components: readonly Component[], options: BakeOptions): BakeFile {
  const published = components.filter(({ publish }) => publish);
  const targets = components.map((component) => [component.name, bakeTarget(component, published)] as const);
  return literal({
    group: { default: { targets: published.map(({ name }) => name) } },
    target: Object.fromEntries(targets),
  });

  function bakeTarget(component: Component, all: readonly Component[]): BakeTarget {
    const { name, context, dockerfile, target, args, contexts, publish } = component;
    const push = publish && options.push;
    const cached = options.cache === 'registry';
    return {
      context,
      dockerfile,
      target,
      args,
      contexts,
      tags: publish ? [`${repositoryOf(name, options)}:${options.tag}`] : undefined,
      secret: options.caBundle === undefined ? undefined : [`id=ca,src=${options.caBundle}`],
      attest: ['type=provenance,disabled=true'],
      output: [push ? 'type=image,push=true,oci-mediatypes=true' : 'type=cacheonly'],
      'cache-from': cached
        ? cacheSources(component, all).map((ref) => `type=registry,ref=${ref}`)
        : undefined,
      'cache-to':
        cached && push
          ? [`type=registry,ref=${cacheOf(name)},mode=max,image-manifest=true,oci-mediatypes=true`]
          : undefined,
    };
  }

  /** The cache of a published component also has the layers of its bases (`mode=max`); these have none of their own. */
  function cacheSources(component: Component, all: readonly Component[]): string[] {
    const users = all.filter((user) => withBases(user, components).includes(component));
    return (component.publish ? [component] : users).map(({ name }) => cacheOf(name));
  }

  function cacheOf(name: string): string {
    return `${repositoryOf(name, options)}:buildcache`;
  }
}

/** Every path outside the working directory that bake must be allowed to read (`--allow=fs.read=…`). */
export function readPaths(components: readonly Component[], { caBundle }: BakeOptions): string[] {
  const paths = components.flatMap(({ context, dockerfile, contexts }) => [
    context,
    path.dirname(dockerfile),
    ...Object.values(contexts).filter(isFolderContext),
  ]);
  return [...new Set(caBundle === undefined ? paths : [...paths, caBundle])];
}

/** bake reads strings of a JSON file as HCL templates: `${…}` and `%{…}` would be expanded. */
function literal<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replace(/([$%])\{/g, '$1$1{')) as T;
}
