import type { KubernetesClient } from '../../common/kubernetes/client';
import { fieldsAt, textOf as text, type Fields } from '../fields';

/** What a chart may ask of the cluster (`.Capabilities`). */
export interface Capabilities {
  /** `v1.34.4`. */
  version: string;
  /** `policy/v1` and `policy/v1/PodDisruptionBudget`, as Helm has them. */
  kinds: string[];
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Asks the cluster itself: what Helm assumes otherwise is its own release's Kubernetes. */
export async function clusterCapabilities(client: KubernetesClient): Promise<Capabilities> {
  const [version, ...discovery] = await Promise.all([
    client.getPath('/version'),
    client.getPath('/api', AGGREGATED),
    client.getPath('/apis', AGGREGATED),
  ]);
  return { version: text(fieldsAt(version, '')[0]?.gitVersion), kinds: discovery.flatMap(kindsOf) };
}

/** The versions, and the kinds in them, of an APIGroupDiscoveryList. */
export function kindsOf(discovery: unknown): string[] {
  return fieldsAt(discovery, 'items').flatMap((group) => {
    const name = fieldsAt(group, 'metadata')[0]?.name;
    return fieldsAt(group, 'versions').flatMap((version) => {
      const groupVersion =
        name === undefined || name === '' ? text(version.version) : `${text(name)}/${text(version.version)}`;
      const kinds = fieldsAt(version, 'resources/responseKind').map((kind: Fields) => text(kind.kind));
      return [groupVersion, ...[...new Set(kinds)].map((kind) => `${groupVersion}/${kind}`)];
    });
  });
}
