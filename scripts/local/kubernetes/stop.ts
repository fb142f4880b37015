import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { run } from '../command';
import { state } from '../paths';
import { stop } from '../service';
import { removeNetwork } from './network';
import { CONTAINERD_SOCKET } from './node';

/** One folder for each container that containerd has started. */
const CONTAINERS = state('kubernetes/containerd/state/io.containerd.runtime.v2.task/k8s.io');

/**
 * Ends what Kubernetes leaves behind when its processes end: pods, which outlive the kubelet on purpose, and rules in
 * the packet filter. Their data stays.
 */
export async function stopPods(): Promise<void> {
  if (!existsSync(CONTAINERS)) return;
  // Else it would start them again.
  await stop('kubelet');
  await stop('containerd');
  const containers = await readdir(CONTAINERS);
  for (const pid of await processes()) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const inPod = containers.some((id) => cgroup.includes(id));
    if (inPod || command.includes(CONTAINERD_SOCKET)) process.kill(pid, 'SIGKILL');
  }
}

/** Takes away the rules of kubelet and kube-proxy, our own, and the pods' bridge. */
export async function removePodNetwork(): Promise<void> {
  await removeNetwork();
  for (const family of ['iptables', 'ip6tables']) {
    const rules = await run(`${family}-save`, ['-c']);
    const others = rules.split('\n').filter((line) => !line.includes('KUBE-'));
    if (others.length < rules.split('\n').length) {
      await run(`${family}-restore`, ['-c'], { input: `${others.join('\n')}\n` });
    }
  }
}

async function processes(): Promise<number[]> {
  return (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
}
