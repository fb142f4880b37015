import * as path from 'node:path';
import { UserError } from '../common/errors';
import type { Component } from './components';

/** Ending of the names of bake files (docs.docker.com/build/bake/introduction). */
export const BAKE_FILE = /(\.hcl|[^/\\]*bake[^/\\]*\.json)$/i;

/** `docker buildx bake --print`: groups and targets with all variables and functions evaluated. */
export interface PrintedBakeFile {
  group?: Record<string, { targets: string[] } | undefined>;
  target: Record<string, PrintedTarget>;
}

interface PrintedTarget {
  context?: string;
  dockerfile?: string;
  target?: string;
  args?: Record<string, string>;
  contexts?: Record<string, string>;
  platforms?: string[];
  labels?: Record<string, string>;
  [key: string]: unknown;
}

/** The task says where images, tags and attestations go: the digest it hands on must be of what it pushed itself. */
const OURS = ['tags', 'output', 'attest', 'cache-to', 'annotations'];
/** As in components.schema.json. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** What has a place of its own in a component. */
const MAPPED = ['context', 'dockerfile', 'target', 'args', 'contexts', 'platforms', 'labels'];

/**
 * The components of a user's own bake file: the targets of its group `default` are images, those of its group `test` are
 * tests, and what these need is a base. All other keys of a target stay as they are.
 * @param printed of the groups `default` and, where there is one, `test`
 * @param folder that relative paths start from: the one in which bake was run
 * @throws UserError when there is nothing to build
 */
export function componentsOf(printed: PrintedBakeFile, folder: string): Component[] {
  const members = (group: string): Set<string> => new Set(membersOf(group, printed));
  const tests = members('test');
  const images = new Set([...members('default')].filter((name) => !tests.has(name)));
  if (images.size === 0) {
    throw new UserError(
      "Input 'components': the bake file has no group 'default' and no target of this name, so there is nothing to build.",
    );
  }
  const unusable = [...images].find((name) => !NAME.test(name));
  if (unusable !== undefined) {
    throw new UserError(
      `Input 'components': the target '${unusable}' of the bake file cannot be the name of an image in a release; accepted ` +
        'are lower-case letters, digits and dashes.',
    );
  }
  return Object.entries(printed.target).map(([name, target]) => {
    const isRemote = /^[a-z]+:\/\//.test(target.context ?? '');
    const context = isRemote ? (target.context ?? '') : path.resolve(folder, target.context ?? '.');
    const others = Object.entries(target).filter(([key]) => !MAPPED.includes(key) && !OURS.includes(key));
    return {
      name,
      context,
      dockerfile: isRemote
        ? (target.dockerfile ?? 'Dockerfile')
        : path.resolve(context, target.dockerfile ?? 'Dockerfile'),
      target: target.target,
      args: target.args ?? {},
      contexts: Object.fromEntries(
        Object.entries(target.contexts ?? {}).map(([key, value]) => [
          key,
          value.includes(':') ? value : path.resolve(folder, value),
        ]),
      ),
      platforms: target.platforms ?? [],
      labels: target.labels ?? {},
      secrets: [],
      ssh: false,
      publish: images.has(name),
      testOf: tests.has(name) ? name : undefined,
      bake: Object.fromEntries(others),
    };
  });
}

function membersOf(name: string, printed: PrintedBakeFile): string[] {
  const group = printed.group?.[name];
  if (!group) return name in printed.target ? [name] : [];
  return group.targets.flatMap((member) => (member === name ? [member] : membersOf(member, printed)));
}
