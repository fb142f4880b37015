/** A stage or a job; what it depends on is among the other nodes, without circles. */
export interface GraphNode {
  name: string;
  dependsOn: string[];
}

/** Every node runs when those it depends on have ended, whatever their result. */
export async function runGraph<T extends GraphNode, R>(
  nodes: readonly T[],
  run: (node: T, done: Map<string, R>) => Promise<R>,
): Promise<Map<string, R>> {
  const done = new Map<string, R>();
  const started = new Map<string, Promise<void>>();
  const start = (node: T): Promise<void> => {
    const running =
      started.get(node.name) ??
      Promise.all(nodes.filter(({ name }) => node.dependsOn.includes(name)).map(start)).then(async () => {
        done.set(node.name, await run(node, done));
      });
    started.set(node.name, running);
    return running;
  };
  await Promise.all(nodes.map(start));
  return done;
}

/** The names of all nodes that this one directly or indirectly depends on. */
export function transitive(node: Pick<GraphNode, 'dependsOn'>, nodes: readonly GraphNode[]): string[] {
  const direct = nodes.filter(({ name }) => node.dependsOn.includes(name));
  return [...new Set(direct.flatMap((other) => [other.name, ...transitive(other, nodes)]))];
}
