import { run, succeeds } from '../command';
import { addRule, type NatRule, removeRule, setKernel } from '../machine';

/** The pods' bridge; its address is also the node's, which may not be loopback and should not change with the network. */
const BRIDGE = 'langflow0';
export const NODE_ADDRESS = '10.244.0.1';
export const POD_NETWORK = '10.244.0.0/24';
export const SERVICE_NETWORK = '10.96.0.0/16';
/** The Service `kubernetes`. */
export const API_ADDRESS = '10.96.0.1';
export const API_PORT = 6443;

const comment = '-m comment --comment langflow-delivery';
const RULES: NatRule[] = [
  // Pods reach the world as this machine does.
  `POSTROUTING -s ${POD_NETWORK} ! -d ${POD_NETWORK} ${comment} -j MASQUERADE`,
  // Pods reach the API server, which listens on loopback.
  `PREROUTING -i ${BRIDGE} -d ${API_ADDRESS} -p tcp --dport 443 ${comment} -j DNAT --to 127.0.0.1:${API_PORT}`,
];

/** The CNI's configuration for containerd. */
export function cniConfiguration(leases: string): unknown {
  return {
    cniVersion: '0.4.0',
    name: 'langflow-local',
    plugins: [
      {
        type: 'bridge',
        bridge: BRIDGE,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: POD_NETWORK, gateway: NODE_ADDRESS }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: leases,
        },
      },
    ],
  };
}

export async function createNetwork(): Promise<void> {
  // A module in most kernels; where it is built in there is nothing to load, and the setting below tells.
  await succeeds('modprobe', ['br_netfilter']);
  await setKernel({
    'net.ipv4.ip_forward': 1,
    'net.bridge.bridge-nf-call-iptables': 1,
    'net.ipv4.conf.all.route_localnet': 1,
  });
  if (!(await succeeds('ip', ['link', 'show', BRIDGE])))
    await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge']);
  await run('ip', ['address', 'replace', `${NODE_ADDRESS}/24`, 'dev', BRIDGE]);
  await run('ip', ['link', 'set', BRIDGE, 'up']);
  for (const rule of RULES) await addRule(rule);
}

export async function removeNetwork(): Promise<void> {
  for (const rule of RULES) await removeRule(rule);
  if (await succeeds('ip', ['link', 'show', BRIDGE])) await run('ip', ['link', 'delete', BRIDGE]);
}
