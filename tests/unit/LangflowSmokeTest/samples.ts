import type { ContainerStatus, Pod } from '../../../tasks/common/kubernetes/pods';

/** A pod with one container, `main`. */
export function pod(
  name: string,
  {
    ready = true,
    phase = 'Running',
    image = 'localhost:5000/web',
    status = {},
  }: {
    ready?: boolean;
    phase?: NonNullable<Pod['status']>['phase'];
    image?: string;
    status?: Partial<ContainerStatus>;
  } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image }] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'main', ready, restartCount: 0, image, ...status }],
    },
  };
}
