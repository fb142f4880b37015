import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readBaseline } from '../../../tasks/LangflowScan/baseline';
import { reportText } from '../../../tasks/LangflowScan/scanReport';
import { code, judged, misconfiguration, scanOf, secret, verdict, vulnerability } from './samples';

describe('readBaseline', () => {
  let file: string;
  beforeEach(() => {
    file = path.join(mkdtempSync(path.join(tmpdir(), 'baseline-')), 'langflow-scan.json');
  });
  afterEach(() => {
    rmSync(path.dirname(file), { recursive: true, force: true });
  });

  it('reads what a scan wrote', () => {
    const findings = [vulnerability('HIGH'), secret('LOW'), misconfiguration('HIGH'), code('HIGH')];
    const all = findings.map((finding) => judged('blocking', finding));
    writeFileSync(file, [...reportText(scanOf(verdict({ judged: all })))].join(''));
    const baseline = readBaseline(file);
    assert.deepEqual(baseline?.findings, findings);
    assert.equal(baseline.counts.size, 4);
  });

  it('reads the report of a scan that found nothing', () => {
    writeFileSync(file, [...reportText(scanOf(verdict()))].join(''));
    assert.deepEqual(readBaseline(file)?.findings, []);
  });

  it('knows nothing where there is no file', () => {
    assert.equal(readBaseline(file), undefined);
  });

  for (const [what, text] of [
    ['half a file', '{"schemaVersion":1,'],
    ['another version', '{"schemaVersion":2,"time":"","verdict":"passed","targets":[],"findings":[]}'],
    ["Trivy's own report", '{"SchemaVersion":2,"Results":[]}'],
    [
      'a finding without an id',
      '{"schemaVersion":1,"time":"","verdict":"passed","targets":[],"findings":[{"status":"known","finding":{"kind":"secret","severity":"LOW","target":"a","path":"b"}}]}',
    ],
  ] as const) {
    it(`refuses ${what}, which would make new findings known`, () => {
      writeFileSync(file, text);
      assert.throws(
        () => readBaseline(file),
        /Input 'baseline': .*accepted is the path of a former scan's langflow-scan\.json/,
      );
    });
  }
});
