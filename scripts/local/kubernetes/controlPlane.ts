import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { authority, certificate } from '../certificates';
import { run } from '../command';
import { KUBECONFIG, state } from '../paths';
import { programPath } from '../programs';
import { listens, start } from '../service';
import { API_ADDRESS, API_PORT, SERVICE_NETWORK } from './network';

const PKI = state('kubernetes/pki');

const ETCD_PORT = 2379;
const ETCD = `https://127.0.0.1:${ETCD_PORT}`;

const pki = (file: string): string => `${PKI}/${file}`;

/** etcd, API server, controller manager and scheduler, all on loopback. */
export async function startControlPlane(): Promise<string> {
  await writeCertificates();
  await writeKubeconfig();
  await mkdir(state('kubernetes/etcd'), { recursive: true });
  await start({
    name: 'etcd',
    command: [
      'etcd',
      `--data-dir=${state('kubernetes/etcd')}`,
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      '--listen-peer-urls=http://127.0.0.1:0',
      // Who may write to etcd is root on every node.
      '--client-cert-auth',
      `--trusted-ca-file=${pki('ca.pem')}`,
      `--cert-file=${pki('server.pem')}`,
      `--key-file=${pki('server.key')}`,
      '--unsafe-no-fsync',
    ],
    ready: () => listens({ port: ETCD_PORT }),
  });
  const how = await start({
    name: 'kube-apiserver',
    command: [
      programPath('kube-apiserver'),
      `--etcd-servers=${ETCD}`,
      `--etcd-cafile=${pki('ca.pem')}`,
      `--etcd-certfile=${pki('admin.pem')}`,
      `--etcd-keyfile=${pki('admin.key')}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${API_PORT}`,
      `--service-cluster-ip-range=${SERVICE_NETWORK}`,
      // An endpoint cannot be loopback; how pods reach this server: network.ts.
      '--endpoint-reconciler-type=none',
      '--authorization-mode=Node,RBAC',
      '--allow-privileged=true',
      `--client-ca-file=${pki('ca.pem')}`,
      `--tls-cert-file=${pki('server.pem')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      `--kubelet-client-certificate=${pki('admin.pem')}`,
      `--kubelet-client-key=${pki('admin.key')}`,
      // The node's name is in no DNS.
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${pki('accounts.key')}`,
      `--service-account-key-file=${pki('accounts.key')}`,
    ],
    ready: () => kubectl('get', '--raw', '/readyz'),
  });
  await Promise.all([
    start({
      name: 'kube-controller-manager',
      command: [
        programPath('kube-controller-manager'),
        `--kubeconfig=${KUBECONFIG}`,
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
        `--root-ca-file=${pki('ca.pem')}`,
        `--service-account-private-key-file=${pki('accounts.key')}`,
      ],
      ready: () => listens({ port: 10257 }),
    }),
    start({
      name: 'kube-scheduler',
      command: [
        programPath('kube-scheduler'),
        `--kubeconfig=${KUBECONFIG}`,
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
      ],
      ready: () => listens({ port: 10259 }),
    }),
  ]);
  return how;
}

export async function kubectl(...args: string[]): Promise<string> {
  return run(programPath('kubectl'), [`--kubeconfig=${KUBECONFIG}`, ...args]);
}

export async function kubectlApply(manifest: string): Promise<void> {
  await run(programPath('kubectl'), [`--kubeconfig=${KUBECONFIG}`, 'apply', '-f', '-'], { input: manifest });
}

async function writeCertificates(): Promise<void> {
  await authority(PKI, 'langflow-local');
  await certificate(PKI, 'server', '/CN=kube-apiserver', [
    'IP:127.0.0.1',
    `IP:${API_ADDRESS}`,
    'DNS:localhost',
    'DNS:kubernetes.default.svc',
  ]);
  // One client certificate for all components: the cluster has one node, whose root could read the others' anyway.
  await certificate(PKI, 'admin', '/O=system:masters/CN=admin');
  if (!existsSync(pki('accounts.key'))) await run('openssl', ['genrsa', '-out', pki('accounts.key'), '2048']);
}

async function writeKubeconfig(): Promise<void> {
  const base64 = async (file: string): Promise<string> => (await readFile(pki(file))).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'local',
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'admin' } }],
    clusters: [
      {
        name: 'local',
        cluster: {
          server: `https://127.0.0.1:${API_PORT}`,
          'certificate-authority-data': await base64('ca.pem'),
        },
      },
    ],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate-data': await base64('admin.pem'),
          'client-key-data': await base64('admin.key'),
        },
      },
    ],
  };
  // JSON is YAML.
  await writeFile(KUBECONFIG, JSON.stringify(config, null, 2), { mode: 0o600 });
}
