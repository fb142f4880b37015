import { mkdir, writeFile } from 'node:fs/promises';
import { KUBECONFIG, state } from '../paths';
import { programPath } from '../programs';
import { listens, start } from '../service';
import { kubectlApply } from './controlPlane';
import { NODE_ADDRESS } from './network';

const PROVISIONER = 'langflow-delivery/local-folder';
const COREFILE = state('kubernetes/Corefile');

/** The cluster's DNS, as a process of the node. */
export async function startClusterDns(): Promise<string> {
  await writeFile(
    COREFILE,
    `.:53 {
  bind ${NODE_ADDRESS}
  errors
  # Short, so that a Service is found soon after somebody asked for it in vain.
  cache 5
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${KUBECONFIG} local
  }
  forward . /etc/resolv.conf
}
`,
  );
  return start({
    name: 'cluster-dns',
    command: [programPath('cluster-dns'), '-conf', COREFILE],
    files: [COREFILE],
    ready: () => listens({ port: 53, host: NODE_ADDRESS }),
  });
}

/** A default StorageClass and its provisioner, as a process of the node: each claim gets a folder in the state folder. */
export async function startVolumes(): Promise<string> {
  const folder = state('kubernetes/volumes');
  await mkdir(folder, { recursive: true });
  await kubectlApply(
    JSON.stringify({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: PROVISIONER,
      reclaimPolicy: 'Delete',
      // The provisioner needs to know the node.
      volumeBindingMode: 'WaitForFirstConsumer',
    }),
  );
  return start({
    name: 'cluster-volumes',
    command: [
      programPath('cluster-volumes'),
      `-kubeconfig=${KUBECONFIG}`,
      `-folder=${folder}`,
      `-provisioner=${PROVISIONER}`,
    ],
  });
}
