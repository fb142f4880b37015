import assert from 'node:assert/strict';
import {
  failureMessage,
  junitOf,
  lineOf,
  summaryOf,
  verdictOf,
} from '../../../tasks/LangflowSmokeTest/report';
import { htmlReport } from '../../../tasks/LangflowSmokeTest/htmlReport';
import type { Outcome } from '../../../tasks/LangflowSmokeTest/run';

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  name: 'log in',
  group: 'Flow',
  what: 'POST service/web:80/login',
  place: { file: 'smoke.yml', line: 2 },
  status: 'passed',
  attempts: 1,
  durationMs: 250,
  reasons: [],
  output: '',
  evidence: '',
  ...more,
});
const failed = outcome({
  name: 'hostile',
  status: 'failed',
  reasons: ['Expected <b>|`x`.'],
  output: '<img>\u0000```\n# x',
});
const skipped = outcome({
  name: 'flow',
  status: 'skipped',
  reasons: ['Not run: it needs TOKEN.'],
  attempts: 0,
});

const warned = outcome({ name: 'slow', status: 'warning', reasons: ['Latency p95.'] });

describe('the smoke test passes', () => {
  for (const [when, outcomes, passed] of [
    ['when every check does', [outcome(), outcome()], true],
    ['not when one fails', [outcome(), failed], false],
    ['not when one was not run', [outcome(), skipped], false],
    ['not when there was none', [], false],
    ['when only a soft check fails', [outcome(), warned], true],
  ] as const) {
    it(when, () => {
      assert.equal(verdictOf(outcomes).passed, passed);
    });
  }
});

describe('reports of the smoke test', () => {
  const all = [outcome(), failed, skipped];

  it('name what failed and why in the result', () => {
    assert.equal(
      failureMessage(all, '/r/x.xml'),
      [
        'The release does not pass the smoke test: 1 of 3 checks failed, 1 could not be run.',
        '- hostile (POST service/web:80/login): Expected <b>|`x`.',
        '- flow (POST service/web:80/login): Not run: it needs TOKEN.',
        'All results: /r/x.xml',
      ].join('\n'),
    );
    assert.equal(
      lineOf(outcome({ attempts: 3 })),
      'passed: log in (POST service/web:80/login), 0.3s, 3 attempts',
    );
  });

  it('show foreign text in the summary as text', () => {
    const summary = summaryOf([failed], 'r-1');
    const fenced = '````\n<img>\u0000```\n# x\n````';
    assert.ok(summary.includes(fenced), 'a fence that the text cannot close');
    assert.doesNotMatch(summary.replace(fenced, ''), /<b>|`x`|<img>/);
  });

  it('have every check in the JUnit file, as valid XML', () => {
    const xml = junitOf(all, new Date(0));
    assert.match(
      xml,
      /<testsuite name="Langflow smoke test" tests="3" failures="1" errors="0" skipped="1" time="0.750" timestamp="1970-01-01T00:00:00">/,
    );
    assert.match(xml, /<failure message="POST service\/web:80\/login&#10;Expected &#60;b&#62;\|`x`\.">/);
    assert.match(xml, /<skipped message="POST service\/web:80\/login&#10;Not run: it needs TOKEN\.">/);
    assert.match(xml, /<testcase classname="Flow" name="log in" time="0\.250">/);
    assert.match(xml, /<system-out>&#60;img&#62; ```&#10;# x<\/system-out>/);
  });

  it('name the slowest, the evidence, and what a soft check found', () => {
    const slow = outcome({ name: 'assets', durationMs: 61_000 });
    const broken = outcome({
      name: 'down',
      status: 'failed',
      reasons: ['x'],
      evidence: 'Pod web-1: Running',
    });
    const summary = summaryOf([outcome(), slow, broken, warned], 'r-1', ['Rolled back.']);
    assert.match(summary, /4 checks: 2 passed, 1 failed, 1 warning\./);
    assert.match(summary, /Rolled back/);
    assert.match(
      summary,
      /### Slowest checks\n\n\| Check \| Time \| Attempts \|\n.*\n\| assets \| 1m1s \| 1 \|/,
    );
    assert.match(summary, /### slow: warning/);
    assert.match(
      summary,
      /What stands behind it:\n\n```\nPod web&#45;1|What stands behind it:\n\n```\nPod web-1/,
    );
    const xml = junitOf([warned, broken], new Date(0));
    assert.match(xml, /failures="1"/);
    assert.match(xml, /<system-out>Warning:&#10;Latency p95\.<\/system-out>/);
    assert.match(xml, /<system-out>Pod web-1: Running<\/system-out>/);
  });

  it('are one HTML file that needs nothing else, with foreign text as text', () => {
    const html = htmlReport([outcome(), failed], {
      release: '<r>',
      namespace: 'langflow',
      time: new Date(0),
      notes: ['Rolled back.'],
    });
    assert.match(html, /<h1>Release &#60;r&#62; <span class="failed">failed<\/span>/);
    assert.match(html, /Expected &#60;b&#62;\|`x`/);
    assert.doesNotMatch(html, /<script|<link|src=|https?:|<img>/);
  });
});
