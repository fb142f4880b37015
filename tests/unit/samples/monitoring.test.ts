import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const FOLDER = path.resolve(import.meta.dirname, '../../../samples/monitoring');
const read = (name: string): string => readFileSync(path.join(FOLDER, name), 'utf8');

interface Rules {
  groups: { rules: { alert?: string; annotations?: { runbook_url: string } }[] }[];
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
});
