import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { failureOf, readTestReport } from '../../../tasks/LangflowBuild/testReports';

describe('the reports of a test stage', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'reports-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  const read = () => readTestReport(folder, 'backend-unit', 'backend');

  it('are found by what is in them, and counted by case', async () => {
    write(
      'reports/junit.xml',
      '<?xml version="1.0"?><testsuites tests="99"><testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite><testsuite><testsuite><testcase name="c"/></testsuite></testsuite></testsuites>',
    );
    write('one.xml', '<testsuite><testcase name="d"/></testsuite>');
    write('coverage.xml', '<?xml version="1.0"?><coverage line-rate="0.5"/>');
    write('other.xml', '<pom/>');
    const report = await read();
    assert.deepEqual([report.tests, report.failed, report.skipped], [4, 0, 1]);
    assert.deepEqual(
      report.junit.map((file) => path.basename(file)),
      ['one.xml', 'junit.xml'],
    );
    assert.deepEqual(
      report.coverage.map((file) => path.basename(file)),
      ['coverage.xml'],
    );
    assert.equal(failureOf([report]), undefined);
  });

  it('with failures or errors let nothing out, and name them', async () => {
    write(
      'j.xml',
      '<testsuite failures="0"><testcase classname="t.A" name="x"><failure message="1 != 2">long\ntext</failure></testcase><testcase name="y"><error>boom &lt;\nmore</error></testcase></testsuite>',
    );
    assert.equal(
      failureOf([await read()]),
      'Tests failed, so nothing was pushed.\nbackend-unit: 2 of 2 tests failed:\n- t.A.x: 1 != 2\n- y: boom <\nThe Tests tab has their output.',
    );
  });

  it('that cannot be read let nothing out', async () => {
    write('j.xml', '<testsuite><testcase name="x">');
    assert.match(failureOf([await read()]) ?? '', /the report j\.xml: .* cannot be read/);
  });

  it('may be none, for a stage that fails by itself', async () => {
    assert.equal(failureOf([await read()]), undefined);
  });
});
