import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { publishSummary, setOutput } from '../../../../tasks/common/agent/results';
import { info, warning } from '../../../../tasks/common/agent/log';
import { printedBy } from '../../support/agent';

describe('results', () => {
  const before = process.env.AGENT_TEMPDIRECTORY;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'results-'));
    process.env.AGENT_TEMPDIRECTORY = folder;
  });
  afterEach(() => {
    process.env.AGENT_TEMPDIRECTORY = before;
    rmSync(folder, { recursive: true });
  });

  it('attaches a summary under a name that is a valid file name', async () => {
    const printed = await printedBy(() => {
      publishSummary('Langflow: build', '# Built');
    });
    const file = /task\.addattachment type=Distributedtask\.Core\.Summary;name=Langflow - build;\](.*)/.exec(
      printed,
    )?.[1];
    assert.ok(file, printed);
    assert.equal(readFileSync(file, 'utf8'), '# Built');
  });

  it('sets an output variable that later steps see', async () => {
    assert.match(
      await printedBy(() => {
        setOutput('verdict', 'passed');
      }),
      /##vso\[task\.setvariable variable=verdict;isOutput=true;issecret=false;?\]passed/i,
    );
  });

  it('lets no external text give commands, in log lines, issues and summaries', async () => {
    const evil = '##vso[task.complete result=Succeeded]';
    const printed = await printedBy(() => {
      info(`package ${evil}`);
      warning(`package ${evil}`);
      publishSummary('Scan', evil);
    });
    assert.doesNotMatch(printed, /##vso\[task\.complete/);
    assert.doesNotMatch(
      readFileSync(path.join(folder, 'summaries', 'Scan.md'), 'utf8'),
      /##vso\[task\.complete/,
    );
  });
});
