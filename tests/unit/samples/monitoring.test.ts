import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const FOLDER = path.resolve(import.meta.dirname, '../../../samples/monitoring');
const read = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');

interface Rules {
  groups: { rules: { alert?: string; annotations?: { runbook_url: string } }[] }[];
}
interface Workload {
  kind: string;
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels: { app: string } };
      spec: {
        securityContext: { runAsNonRoot: boolean };
        containers: {
          image: string;
          ports: { name: string }[];
          securityContext: { readOnlyRootFilesystem: boolean };
        }[];
      };
    };
  };
}
interface PodMonitor {
  spec: { selector: { matchLabels: { app: string } }; podMetricsEndpoints: { port: string }[] };
}
interface RuleTests {
  tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
}

describe('samples/monitoring', () => {
  const alerts = (parse(read('rules.yml')) as Rules).groups.flatMap(({ rules }) =>
    rules.filter(({ alert }) => alert !== undefined),
  );

  it('links each alert to a runbook that is there, and has no runbook without an alert', () => {
    const linked = alerts.map(({ alert, annotations }) => {
      const file = annotations?.runbook_url.split('/samples/monitoring/')[1] ?? '';
      assert.ok(existsSync(path.join(FOLDER, file)) && file !== '', `${alert}: ${file}`);
      return path.basename(file);
    });
    assert.deepEqual(linked.sort(), readdirSync(path.join(FOLDER, 'runbooks')).sort());
  });

  it('tests each alert with a case that fires and one that does not', () => {
    const { tests } = parse(read('rules.test.yml')) as RuleTests;
    const cases = tests.flatMap((test) => test.alert_rule_test);
    for (const { alert } of alerts) {
      const counts = cases.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts.length);
      assert.ok(counts.includes(0), `${alert} has no case in which it is silent`);
      assert.ok(
        counts.some((count) => count > 0),
        `${alert} has no case in which it fires`,
      );
    }
  });

  it('has the same monitors for the community and for Azure', () => {
    const of = (name: string): string[] =>
      parseAllDocuments(read(name)).map((document) => JSON.stringify(document.toJS()));
    assert.deepEqual(
      of('podMonitors.azure.yaml').map((text) =>
        text.replace('azmonitoring.coreos.com', 'monitoring.coreos.com'),
      ),
      of('podMonitors.yaml'),
    );
  });

  it('asks for metrics whose exporter was looked up', () => {
    const checked = JSON.parse(
      readFileSync(path.join(import.meta.dirname, 'fixtures/metrics.json'), 'utf8'),
    ) as Record<string, string>;
    const pattern = /\b(?:http_server|langflow|celery|kube|certmanager|pg|redis)_[a-z0-9_]+\b/g;
    const used = ['rules.yml', 'dashboard.json'].flatMap((name) => read(name).match(pattern) ?? []);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(checked).sort());
  });

  it('keeps the metrics of kube-state-metrics that managed Prometheus would drop', () => {
    const settings = parse(read('ama-metrics-settings.yaml')) as { data: Record<string, string> };
    const kept = /kubestate = "(.*)"/
      .exec(settings.data['default-targets-metrics-keep-list'] ?? '')?.[1]
      ?.split('|');
    const used = ['rules.yml', 'dashboard.json'].flatMap(
      (name) => read(name).match(/\bkube_[a-z0-9_]+\b/g) ?? [],
    );
    assert.deepEqual(kept?.sort(), [...new Set(used)].sort());
  });

  const workloads = ['exporters', 'opentelemetry'].flatMap((folder) =>
    (parse(read(`${folder}/kustomization.yaml`)) as { resources: string[] }).resources
      .flatMap((file) => parseAllDocuments(read(`${folder}/${file}`)).map((one) => one.toJS() as Workload))
      .filter(({ kind }) => kind === 'Deployment'),
  );

  it('has a pod with the port for each monitor but the backend’s', () => {
    const monitors = parseAllDocuments(read('podMonitors.yaml')).map((one) => one.toJS() as PodMonitor);
    for (const { spec } of monitors.slice(1)) {
      const { app } = spec.selector.matchLabels;
      const found = workloads.find((one) => one.spec.template.metadata.labels.app === app);
      const ports = found?.spec.template.spec.containers.flatMap((one) => one.ports.map(({ name }) => name));
      assert.ok(ports?.includes(spec.podMetricsEndpoints[0]?.port ?? ''), app);
    }
  });

  it('runs exporters and collector restricted, of a pinned version that the registry caches', () => {
    assert.equal(workloads.length, 4);
    const registry = readFileSync(path.join(FOLDER, '../infra/modules/acr.bicep'), 'utf8');
    for (const { metadata, spec } of workloads) {
      const { securityContext, containers } = spec.template.spec;
      assert.equal(securityContext.runAsNonRoot, true, metadata.name);
      for (const { image, securityContext: own } of containers) {
        const [, repository = '', version = ''] = /^([^:@]+)(?:@sha256:|:)(.+)$/.exec(image) ?? [];
        assert.match(version, /^v?\d+\.\d+\.\d+$|^[0-9a-f]{64}$/, image);
        assert.ok(registry.includes(`'${repository}'`), `no cache rule for ${repository}`);
        assert.equal(own.readOnlyRootFilesystem, true, metadata.name);
      }
    }
  });
});
