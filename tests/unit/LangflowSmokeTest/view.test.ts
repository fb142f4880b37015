import assert from 'node:assert/strict';
import { ViewDraft } from '../../../tasks/common/view/draft';
import { documentOf } from '../../../tasks/common/view/publish';
import type { Outcome } from '../../../tasks/LangflowSmokeTest/run';
import { allChecks } from '../../../tasks/LangflowSmokeTest/checks';
import { parseChecks } from '../../../tasks/LangflowSmokeTest/checksFile';
import { saidBy } from '../../../tasks/LangflowSmokeTest/said';
import { smokeTestView } from '../../../tasks/LangflowSmokeTest/view';

const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  ...{ name: 'Log in', group: 'API', what: 'POST /login', place: undefined, status: 'passed', attempts: 1 },
  ...{ durationMs: 12.7, reasons: [], output: '', evidence: '' },
  ...changes,
});

describe('smokeTestView', () => {
  const viewOf = (outcomes: Outcome[]) => {
    const draft = new ViewDraft('LangflowSmokeTest', 'smokeTest');
    draft.sections = () => ({ smokeTest: smokeTestView({ namespace: 'n', outcomes }) });
    return documentOf(draft, { result: 'failed', message: '', started: 0, finished: 1 }).smokeTest;
  };

  it('has counts, and for each check what was sent, what was expected, what came and how long it took', () => {
    const view = viewOf([
      outcome({
        said: { request: 'POST /login', expected: 'status 200' },
        answers: { status: 200, latenciesMs: [10, 20, 30.4, 400] },
      }),
      outcome({
        status: 'failed',
        reasons: ['Expected status 200, found 500.'],
        output: 'oops',
        evidence: 'Pod a',
      }),
      outcome({ status: 'warning' }),
      outcome({ status: 'skipped', attempts: 0 }),
    ]);
    assert.equal(view?.verdict, 'failed');
    assert.deepEqual(view.counts, { passed: 1, failed: 1, warning: 1, skipped: 1 });
    const [passed, failed] = view.checks;
    assert.deepEqual(passed?.latency, { requests: 4, p50Ms: 20, p95Ms: 400, maxMs: 400 });
    assert.deepEqual(
      [passed.request, passed.expected, passed.status, passed.durationMs, passed.output],
      ['POST /login', 'status 200', 200, 13, undefined],
    );
    assert.deepEqual(
      [failed?.reasons, failed?.output, failed?.evidence],
      [['Expected status 200, found 500.'], 'oops', 'Pod a'],
    );
  });

  it('bounds evidence over all checks', () => {
    const view = viewOf(Array<Outcome>(200).fill(outcome({ status: 'failed', evidence: 'x'.repeat(8_000) })));
    assert.equal(view?.checks.filter(({ evidence }) => evidence !== undefined).length, 125);
  });
});

describe('saidBy', () => {
  it('says request and expectations without any value of a variable, and no literal credential', () => {
    const plan = parseChecks(
      [
        'checks:',
        '- name: Log in',
        '  http:',
        '    target: service/backend:7860',
        '    path: /login',
        '    method: POST',
        "    headers: { Authorization: 'Bearer ${TOKEN}', X-Api-Key: literal-key }",
        "    body: { password: '${PASSWORD}' }",
        '  expect: { status: 201, json: { $.version: 1.13.0 } }',
      ].join('\n'),
      'smoke.yml',
      { TOKEN: 't0ken-value', PASSWORD: 'p4ss-value' },
    );
    const [check] = allChecks(plan);
    const said = check && saidBy(check);
    assert.equal(
      said?.request.toLowerCase(),
      'post /login\nauthorization: bearer ${token}\nx-api-key: ***\n\n{"password":"${password}"}',
    );
    assert.equal(said.expected, 'status 201\n$.version: equals "1.13.0"');
  });
});
