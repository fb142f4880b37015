import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { run, succeeds } from './command';

const PACKAGES = [
  'apache2-utils', // htpasswd
  'busybox-static', // the pause image
  'ca-certificates',
  'chromium', // the test of the results tab
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'docker-registry',
  'docker.io',
  'etcd-server',
  'iproute2',
  'ipset',
  'iptables',
  'kmod',
  'mmdebstrap', // base images
  'openssl',
  'prometheus', // with promtool and the exporters, for samples/monitoring
  'prometheus-postgres-exporter',
  'prometheus-redis-exporter',
  'python3-venv', // Go, where it is missing
  'runc',
  'socat',
];

/** dpkg starts a package's services unless this script, which Debian's policy provides for, says 101. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Installs the missing packages, without starting the services that they bring. */
export async function installPackages(): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('Run it as root: it installs packages and runs containers.');
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error('This needs Debian 12 or a system with apt-get, for containerd, etcd and the registry.');
  }
  const missing = await missingPackages();
  if (missing.length === 0) return `all ${PACKAGES.length} are installed`;
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n').then(() => chmod(POLICY, 0o755));
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
  } finally {
    if (ownPolicy) await rm(POLICY);
  }
  return `installed ${missing.join(', ')}`;
}

async function missingPackages(): Promise<string[]> {
  const installed = await Promise.all(PACKAGES.map((name) => succeeds('dpkg', ['-s', name])));
  return PACKAGES.filter((_, index) => !installed[index]);
}
