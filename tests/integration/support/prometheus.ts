import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { kubectl } from './cluster';
import { freePort } from './ports';

const PATIENCE_MS = 60_000;

/** What the tests read of a PodMonitor. */
export interface PodMonitor {
  metadata: { name: string };
  spec: {
    selector: { matchLabels: Record<string, string> };
    podMetricsEndpoints: { port: string; path?: string }[];
  };
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
}

/** A value of an instant query. */
export interface Sample {
  metric: Record<string, string>;
  value: number;
}

/** Prometheus at loopback, with a configuration like that which the operator makes of monitors. */
export class Prometheus {
  private process?: ChildProcess;
  private address = '';

  constructor(private readonly folder: string) {}

  /**
   * @param monitors what to scrape, every second
   * @param rules text of a file of rules
   * @throws when it does not get ready: the configuration or the rules are wrong
   */
  async start(kubeconfig: string, namespace: string, monitors: PodMonitor[], rules: string): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const write = (name: string, text: string | Buffer): string => {
      const file = path.join(this.folder, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    };
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
    const { 'client-certificate-data': certificate, 'client-key-data': key } = users[0].user;
    const access = {
      tls_config: {
        ca_file: write('ca.pem', Buffer.from(authority, 'base64')),
        cert_file: write('client.pem', Buffer.from(certificate, 'base64')),
        key_file: write('client.key', Buffer.from(key, 'base64')),
      },
    };
    const targets = write('targets.json', JSON.stringify(targetsOf(namespace)));
    const config = write(
      'prometheus.yml',
      stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: [write('rules.yml', rules)],
        scrape_configs: monitors.flatMap((monitor) => scrapeConfigs(monitor, targets, server, access)),
      }),
    );
    this.address = `127.0.0.1:${await freePort()}`;
    const data = path.join(this.folder, 'data');
    this.process = spawn(
      'prometheus',
      [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${this.address}`],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let words = '';
    this.process.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (words = (words + text).slice(-4_000)));
    const end = Date.now() + PATIENCE_MS;
    while (
      !(await fetch(`http://${this.address}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (this.process.exitCode !== null || Date.now() > end)
        throw new Error(`Prometheus does not get ready: ${words}`);
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  /** @throws with Prometheus' words when it does not take the query */
  async query(expression: string): Promise<Sample[]> {
    const { result } = await this.get<{
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>('query', { query: expression });
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** `data` of an answer of https://prometheus.io/docs/prometheus/latest/querying/api/. */
  async get<T>(call: string, parameters: Record<string, string> = {}): Promise<T> {
    const query = new URLSearchParams(parameters).toString();
    const response = await fetch(`http://${this.address}/api/v1/${call}?${query}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${call} ${query}: ${answer.error}`);
    return answer.data;
  }
}

interface PodList {
  items: {
    metadata: { name: string; namespace: string; labels?: Record<string, string> };
    spec: { containers: { name: string; ports?: { name: string; containerPort: number }[] }[] };
  }[];
}

/** The targets that Prometheus' discovery of Kubernetes finds (role pod), which Debian's build lacks. */
function targetsOf(namespace: string): object[] {
  const { items } = JSON.parse(kubectl(['get', 'pods', '-n', namespace, '-o', 'json'])) as PodList;
  return items.flatMap(({ metadata, spec }) =>
    spec.containers.flatMap(({ name, ports = [] }) =>
      ports.map((port) => ({
        targets: [`${metadata.name}:${port.containerPort}`],
        labels: {
          __meta_kubernetes_namespace: metadata.namespace,
          __meta_kubernetes_pod_name: metadata.name,
          __meta_kubernetes_pod_container_name: name,
          __meta_kubernetes_pod_container_port_name: port.name,
          __meta_kubernetes_pod_container_port_number: String(port.containerPort),
          ...Object.fromEntries(
            Object.entries(metadata.labels ?? {}).map(([label, value]) => [
              `__meta_kubernetes_pod_label_${label.replaceAll(/\W/g, '_')}`,
              value,
            ]),
          ),
        },
      })),
    ),
  );
}

/**
 * What prometheus-operator makes of a PodMonitor (pkg/prometheus/promcfg.go): pods by label, their port by name, and the labels
 * that say which pod it is. Pods are reached through the API server, so that nothing but loopback is spoken to.
 */
function scrapeConfigs(
  { metadata, spec }: PodMonitor,
  targets: string,
  server: string,
  access: object,
): object[] {
  return spec.podMetricsEndpoints.map(({ port, path: metricsPath = '/metrics' }, index) => ({
    job_name: `podMonitor/${metadata.name}/${index}`,
    scheme: 'https',
    ...access,
    file_sd_configs: [{ files: [targets] }],
    relabel_configs: [
      ...Object.entries(spec.selector.matchLabels).map(([label, value]) => ({
        action: 'keep',
        source_labels: [`__meta_kubernetes_pod_label_${label}`],
        regex: value,
      })),
      { action: 'keep', source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: port },
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      { target_label: 'endpoint', replacement: port },
      {
        source_labels: [
          '__meta_kubernetes_namespace',
          '__meta_kubernetes_pod_name',
          '__meta_kubernetes_pod_container_port_number',
        ],
        regex: '(.+);(.+);(.+)',
        target_label: '__metrics_path__',
        replacement: `/api/v1/namespaces/$1/pods/$2:$3/proxy${metricsPath}`,
      },
      { target_label: '__address__', replacement: new URL(server).host },
    ],
  }));
}
