import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { PAUSE } from '../baseImages';
import { KUBECONFIG, REGISTRY, state } from '../paths';
import { programPath } from '../programs';
import { REGISTRY_USER, registryPassword } from '../registry';
import { listens, start } from '../service';
import { runtimeAnswers } from './containerRuntime';
import { kubectl } from './controlPlane';
import { cniConfiguration, createNetwork, NODE_ADDRESS, POD_NETWORK } from './network';

export const CONTAINERD_SOCKET = state('kubernetes/containerd.sock');
const NODE = 'local';
const CNI = state('kubernetes/cni');
/** Where host-local notes which pod has which address. */
const LEASES = state('kubernetes/leases');
const REGISTRY_HOSTS = state('kubernetes/certs.d');
const CONTAINERD_CONFIG = state('kubernetes/containerd.toml');
const KUBELET_CONFIG = state('kubernetes/kubelet.yaml');

/** containerd, kubelet and kube-proxy of the only node. */
export async function startNode(): Promise<string> {
  await createNetwork();
  await startContainerd();
  await writeFile(KUBELET_CONFIG, stringify(KUBELET));
  const how = await start({
    name: 'kubelet',
    command: [
      programPath('kubelet'),
      `--kubeconfig=${KUBECONFIG}`,
      `--config=${KUBELET_CONFIG}`,
      `--root-dir=${state('kubernetes/kubelet')}`,
      `--hostname-override=${NODE}`,
      `--node-ip=${NODE_ADDRESS}`,
    ],
    files: [KUBELET_CONFIG],
    ready: async () => {
      // The node's condition may still be that of before a restart.
      await listens({ port: 10248 });
      await kubectl('wait', '--for=condition=Ready', `node/${NODE}`, '--timeout=1s');
    },
  });
  await start({
    name: 'kube-proxy',
    command: [
      programPath('kube-proxy'),
      `--kubeconfig=${KUBECONFIG}`,
      `--hostname-override=${NODE}`,
      `--cluster-cidr=${POD_NETWORK}`,
      '--proxy-mode=iptables',
      // NodePorts on loopback only.
      '--nodeport-addresses=127.0.0.0/8',
      '--healthz-bind-address=127.0.0.1:10256',
      // The machine's connection tracking stays as it is.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ],
    ready: () => listens({ port: 10256 }),
  });
  return how;
}

async function startContainerd(): Promise<void> {
  await mkdir(CNI, { recursive: true });
  await writeFile(`${CNI}/10-bridge.conflist`, JSON.stringify(cniConfiguration(LEASES)));
  await mkdir(`${REGISTRY_HOSTS}/${REGISTRY}`, { recursive: true });
  await writeFile(`${REGISTRY_HOSTS}/${REGISTRY}/hosts.toml`, `server = "http://${REGISTRY}"\n`);
  await writeFile(CONTAINERD_CONFIG, containerdConfiguration(await registryPassword()), { mode: 0o600 });
  await start({
    name: 'containerd',
    command: ['containerd', '--config', CONTAINERD_CONFIG],
    files: [CONTAINERD_CONFIG],
    ready: () => runtimeAnswers(CONTAINERD_SOCKET),
  });
}

const KUBELET = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: NODE_ADDRESS,
  healthzBindAddress: '127.0.0.1',
  healthzPort: 10248,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: state('kubernetes/pki/ca.pem') },
  },
  // Whoever has a client certificate is the API server.
  authorization: { mode: 'AlwaysAllow' },
  containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
  cgroupDriver: 'cgroupfs',
  failSwapOn: false,
  evictionHard: {},
  enforceNodeAllocatable: [],
  clusterDomain: 'cluster.local',
  clusterDNS: [NODE_ADDRESS],
  // Pods of one rollout are started side by side.
  serializeImagePulls: false,
};

function containerdConfiguration(password: string): string {
  return `version = 2
root = "${state('kubernetes/containerd/root')}"
state = "${state('kubernetes/containerd/state')}"
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${REGISTRY}/${PAUSE.repository}:${PAUSE.tag}"
  # Some virtual machines and containers lack CAP_SYS_RESOURCE; without this every pod would fail there.
  restrict_oom_score_adj = true
  # So that they go with the state folder.
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${CNI}"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${REGISTRY_HOSTS}"
# The node may pull, as that of AKS may with the role AcrPull.
[plugins."io.containerd.grpc.v1.cri".registry.configs."${REGISTRY}".auth]
  username = "${REGISTRY_USER}"
  password = "${password}"
`;
}
