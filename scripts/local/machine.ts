import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { run, succeeds } from './command';
import { state } from './paths';

/** What changes outside of the state folder: kernel settings, packet filter rules, host names. Each can be undone. */

const SAVED_SETTINGS = state('run/sysctl');
const HOSTS = '/etc/hosts';
const MARK = '# langflow-delivery: until scripts/local-down';

/** Settings that the kubelet and kube-proxy change too, which is why they are saved before these start. */
const CHANGED_BY_KUBERNETES = [
  'net.ipv4.conf.all.route_localnet',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
];

/** Sets kernel settings; the first values before that come back with `restoreKernelSettings`. */
export async function setKernel(settings: Record<string, number>): Promise<void> {
  const names = [...new Set([...Object.keys(settings), ...CHANGED_BY_KUBERNETES])];
  if (!existsSync(SAVED_SETTINGS)) await writeFile(SAVED_SETTINGS, await run('sysctl', ['-e', ...names]));
  await run('sysctl', ['-w', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)]);
}

export async function restoreKernelSettings(): Promise<void> {
  if (!existsSync(SAVED_SETTINGS)) return;
  await run('sysctl', ['-p', SAVED_SETTINGS]);
  await rm(SAVED_SETTINGS);
}

/** A rule of iptables' nat table, as after `-A`. */
export type NatRule = string;

export async function addRule(rule: NatRule): Promise<void> {
  if (!(await succeeds('iptables', nat('-C', rule)))) await run('iptables', nat('-A', rule));
}

export async function removeRule(rule: NatRule): Promise<void> {
  while (await succeeds('iptables', nat('-C', rule))) await run('iptables', nat('-D', rule));
}

function nat(action: string, rule: NatRule): string[] {
  return ['-w', '-t', 'nat', action, ...rule.split(' ')];
}

/** Lets host names resolve to loopback, where the resolver does not do that with *.localhost by itself. */
export async function addHosts(names: string[]): Promise<void> {
  const others = withoutOurs(await readFile(HOSTS, 'utf8'));
  await writeFile(HOSTS, `${others}127.0.0.1 ${names.join(' ')} ${MARK}\n`);
}

export async function removeHosts(): Promise<void> {
  const text = await readFile(HOSTS, 'utf8');
  if (text.includes(MARK)) await writeFile(HOSTS, withoutOurs(text));
}

/** A hosts file's text without our lines, ending with a line break. */
export function withoutOurs(hosts: string): string {
  const lines = hosts.trimEnd().split('\n');
  return `${lines.filter((line) => !line.endsWith(MARK)).join('\n')}\n`;
}
