import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, parseAllDocuments } from 'yaml';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl } from './support/cluster';
import { pushImage, registryOf } from './support/images';
import { deployLangflow, type LangflowRelease } from './support/langflowRelease';
import { Prometheus, type PodMonitor } from './support/prometheus';
import { SAMPLES } from './support/sampleManifests';

const FOLDER = path.join(SAMPLES, 'monitoring');
const ROUTE = '/api/v1/version';

/** By the beginning of their metrics' names: queries that are asked but have no answer here, and why. */
const NOT_HERE = {
  celery_: 'danihodovic/celery-exporter is an image of ghcr.io and in no registry of packages',
  kube_: 'kube-state-metrics is an image of registry.k8s.io; the Go module proxy does not have its module',
  certmanager_: 'no cert-manager runs in the local cluster',
};

interface Dashboard {
  templating: { list: { name: string; query: string }[] };
  annotations: { list: { name: string; expr: string }[] };
  panels: { title: string; targets: { expr: string }[] }[];
}
interface Rules {
  groups: { name: string; interval: string; rules: { record?: string; alert?: string; expr: string }[] }[];
}

describe('Monitoring of the real Langflow', function () {
  this.timeout(1_200_000);

  const namespace = `monitoring-${randomBytes(4).toString('hex')}`;
  const dashboard = JSON.parse(readFileSync(path.join(FOLDER, 'dashboard.json'), 'utf8')) as Dashboard;
  const rules = parse(readFileSync(path.join(FOLDER, 'rules.yml'), 'utf8')) as Rules;
  let folder: string;
  let environment: LocalEnvironment;
  let langflow: LangflowRelease;
  let prometheus: Prometheus;

  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'monitoring-'));
    prometheus = new Prometheus(path.join(folder, 'prometheus'));
    const images = {
      'quay.io/prometheuscommunity/postgres-exporter': await exporterImage('postgres'),
      'quay.io/oliver006/redis_exporter': await exporterImage('redis'),
    };
    langflow = deployLangflow(environment, folder, namespace, (overlay) => {
      addExporters(overlay, images);
    });
    const monitors = parseAllDocuments(readFileSync(path.join(FOLDER, 'podMonitors.yaml'), 'utf8'));
    // As they are, but evaluated every second.
    const quick = { groups: rules.groups.map((group) => ({ ...group, interval: '1s' })) };
    await prometheus.start(
      environment.kubeconfig,
      namespace,
      monitors.map((document) => document.toJS() as PodMonitor),
      JSON.stringify(quick),
    );
  });
  after(async () => {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  /** Debian's exporter, with the libraries that it is linked to, in place of an image that cannot be pulled here. */
  async function exporterImage(name: string): Promise<string> {
    const program = `/usr/bin/prometheus-${name}-exporter`;
    const linked = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(/g);
    const files = [program, ...[...linked].map(([, file = '']) => file)];
    const inBin = (file: string): string => `bin/${path.basename(file)}`;
    const loader = files.find((file) => path.basename(file).startsWith('ld-linux')) ?? '';
    const repository = `monitoring/${name}-exporter`;
    const digest = await pushImage(
      registryOf(environment),
      repository,
      Object.fromEntries(files.map((file) => [inBin(file), readFileSync(file)])),
      'linux/amd64',
      [`/${inBin(loader)}`, '--library-path', '/bin', `/${inBin(program)}`],
    );
    return `${environment.registryHost}/${repository}@${digest}`;
  }

  /** The component of the samples, without the exporter that there is no program of. */
  function addExporters(overlay: string, images: Record<string, string>): void {
    const file = path.join(overlay, 'kustomization.yaml');
    const kustomization = parse(readFileSync(file, 'utf8')) as { patches: object[] };
    const celery = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'celery-exporter' } };
    writeFileSync(
      file,
      JSON.stringify({
        ...kustomization,
        components: ['../../../../monitoring/exporters'],
        patches: [...kustomization.patches, { patch: JSON.stringify({ $patch: 'delete', ...celery }) }],
        images: Object.entries(images).map(([name, image]) => {
          const [newName, digest] = image.split('@');
          return { name, newName, digest };
        }),
      }),
    );
  }

  /** Asks until the answer is as wanted; fails with the last one. */
  async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, seconds = 60): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await ask();
      if (wanted(answer)) return answer;
      assert.ok(Date.now() < end, `still ${JSON.stringify(answer)} after ${seconds} s`);
      await sleep(500);
    }
  }

  const ofNamespace = (expression: string): string => expression.replaceAll('$namespace', namespace);
  const reasonFor = (expression: string): string | undefined =>
    Object.entries(NOT_HERE).find(([prefix]) => new RegExp(`\\b${prefix}`).test(expression))?.[1];

  async function request(times: number): Promise<void> {
    for (let count = 0; count < times; count++) {
      const response = await fetch(`${langflow.address}${ROUTE}`);
      assert.equal(response.status, 200);
      await response.text();
    }
  }

  it('finds the pods of all monitors whose exporter is there', async () => {
    const targets = await until(
      () => prometheus.query(`up{namespace="${namespace}"}`),
      (found) => found.length === 3 && found.every(({ value }) => value === 1),
    );
    assert.deepEqual(targets.map(({ metric }) => `${metric.container} ${metric.endpoint}`).sort(), [
      'backend metrics',
      'exporter metrics',
      'exporter metrics',
    ]);
  });

  it('counts just the requests that were made, in the metric of the panel', async () => {
    const expression = dashboard.panels.find(({ title }) => title === 'Requests')?.targets[0]?.expr ?? '';
    const counter = ofNamespace(expression).replace(/rate\((.*)\[5m\]\)/, '$1');
    assert.notEqual(counter, ofNamespace(expression));
    const count = async (): Promise<number> =>
      (await prometheus.query(counter)).find(({ metric }) => metric.http_route === ROUTE)?.value ?? 0;
    await request(3);
    const before = await until(count, (value) => value >= 3);
    await request(20);
    await until(count, (value) => value >= before + 20);
    // A scrape later it would show what nobody asked for.
    await sleep(3000);
    assert.equal((await count()) - before, 20);
    const rates = await prometheus.query(ofNamespace(expression));
    assert.ok((rates.find(({ metric }) => metric.http_route === ROUTE)?.value ?? 0) > 0);
  });

  it('sees PostgreSQL and redis through the exporters, and when they are gone', async () => {
    for (const metric of ['pg_up', 'redis_up'])
      await until(
        () => prometheus.query(`${metric}{namespace="${namespace}"}`),
        ([found]) => found?.value === 1,
      );
    kubectl(['scale', '-n', namespace, 'statefulset/redis', '--replicas=0']);
    const alertsOf = async (): Promise<string[]> =>
      (
        await prometheus.get<{ alerts: { labels: Record<string, string>; state: string }[] }>('alerts')
      ).alerts.map(({ labels }) => labels.alertname ?? '');
    await until(alertsOf, (alerts) => alerts.includes('RedisDown'), 120);
    kubectl(['scale', '-n', namespace, 'statefulset/redis', '--replicas=1']);
    await until(alertsOf, (alerts) => !alerts.includes('RedisDown'), 120);
  });

  describe('Dashboard', () => {
    const queries = [
      ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
      ...dashboard.annotations.list.map(({ name, expr }) => [`annotation ${name}`, expr] as const),
    ];

    for (const [title, expression] of queries) {
      const reason = reasonFor(expression);
      it(`${title}: ${reason ? `is taken, and has no data (${reason})` : 'has data'}`, async () => {
        const ask = (): Promise<unknown[]> => prometheus.query(ofNamespace(expression));
        if (reason) assert.deepEqual(await ask(), []);
        else await until(ask, (series) => series.length > 0);
      });
    }

    it('offers the namespace', async () => {
      const { query = '' } = dashboard.templating.list.find(({ name }) => name === 'namespace') ?? {};
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      assert.deepEqual(await prometheus.get(`label/${label}/values`, { 'match[]': metric }), [namespace]);
    });

    it('is what Grafana’s schema wants', () => {
      const file = path.join(folder, 'dashboard.json');
      const text = readFileSync(path.join(FOLDER, 'dashboard.json'), 'utf8');
      const check = (content: string): string => {
        writeFileSync(file, content);
        return spawnSync('dashboard-check', [file], { encoding: 'utf8' }).stderr;
      };
      assert.equal(check(text), '');
      assert.match(
        check(text.replace('"legendFormat"', '"legend"')),
        /targets\[0\].*unexpected field 'legend'/,
      );
    });
  });

  it('evaluates every rule, and records what there is data for', async () => {
    const all = rules.groups.flatMap((group) => group.rules);
    const evaluated = await until(
      async () =>
        (
          await prometheus.get<{
            groups: { rules: { name: string; health: string; lastError?: string; state?: string }[] }[];
          }>('rules')
        ).groups.flatMap((group) => group.rules),
      (found) => found.every(({ health }) => health !== 'unknown'),
    );
    assert.equal(evaluated.length, all.length);
    assert.deepEqual(
      evaluated.filter(({ health }) => health !== 'ok'),
      [],
    );
    for (const { record } of all.filter((rule) => rule.record !== undefined)) {
      const [value] = await until(
        () => prometheus.query(`${record}{namespace="${namespace}"}`),
        (series) => series.length === 1,
      );
      assert.ok(value && value.value >= 0 && value.value <= 1, `${record} is a share: ${value?.value}`);
    }
    for (const { alert, expr } of all.filter((rule) => rule.alert !== undefined)) {
      // The left side of a comparison is a series whether or not the alert fires.
      const [left = ''] = expr.split(/ (?:[<>]=?|==) /);
      const series = await prometheus.query(left);
      assert.equal(series.length > 0, reasonFor(expr) === undefined, `${alert}: ${left}`);
    }
  });
});
