import assert from 'node:assert/strict';
import {
  failureMessage,
  junitOf,
  lineOf,
  summaryOf,
  verdictOf,
} from '../../../tasks/LangflowSmokeTest/report';
import type { Outcome } from '../../../tasks/LangflowSmokeTest/run';

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  name: 'log in',
  what: 'POST service/web:80/login',
  line: 2,
  status: 'passed',
  attempts: 1,
  durationMs: 250,
  reasons: [],
  output: '',
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

describe('the smoke test passes', () => {
  for (const [when, outcomes, passed] of [
    ['when every check does', [outcome(), outcome()], true],
    ['not when one fails', [outcome(), failed], false],
    ['not when one was not run', [outcome(), skipped], false],
    ['not when there was none', [], false],
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
    assert.match(xml, /<failure message="Expected &#60;b&#62;\|`x`\.">/);
    assert.match(xml, /<skipped message="Not run: it needs TOKEN\.">/);
    assert.match(xml, /<system-out>&#60;img&#62; ```&#10;# x<\/system-out>/);
  });
});
