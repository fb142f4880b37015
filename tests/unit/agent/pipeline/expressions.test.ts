import assert from 'node:assert/strict';
import { evaluate, type Value } from '../../../agent/pipeline/expressions';

describe('evaluate', () => {
  const values = {
    variables: { 'Build.Reason': 'PullRequest', count: '3', list: ['a', 'b'] },
    dependencies: { A: { result: 'Succeeded', outputs: { 's.x': 'yes' } } },
  };
  const cases: [string, Value][] = [
    ["eq(variables['build.reason'], 'pullrequest')", true],
    ["and(eq(1, '1'), not(eq('a', 'b')))", true],
    ["or(false, '')", false],
    ["dependencies.A.outputs['s.x']", 'yes'],
    ['variables.none', null],
    ["in(variables.count, '2', '3')", true],
    ["notIn('a', 'b')", true],
    ["startsWith('refs/heads/main', 'REFS/')", true],
    ["coalesce('', variables.none, 'x')", 'x'],
    ["format('{0}-{1}', 'a', 2)", 'a-2'],
    ["gt(10, '9')", true],
    ["lt('abc', 'abd')", true],
    ["eq(true, 'False')", false],
    ["'it''s'", "it's"],
    ['variables.list[1]', 'b'],
    ["contains('abc', 'B')", true],
    ["iif(eq(1, 2), 'a', 'b')", 'b'],
    ['length(variables.list)', 2],
  ];
  for (const [expression, expected] of cases) {
    it(`gives ${JSON.stringify(expected)} for ${expression}`, () => {
      assert.deepEqual(evaluate(expression, { values }), expected);
    });
  }
  const mistakes: [string, RegExp][] = [
    ['eq(1, 2', /'\)' is missing/],
    ['counter(1)', /function 'counter' is not supported/],
    ['nothing.x', /'nothing' is not known here; known are variables, dependencies/],
    ["eq('a', 'b') c", /'c' is too much/],
    ['a & b', /not understood from '& b' on/],
  ];
  for (const [expression, message] of mistakes) {
    it(`refuses ${expression}`, () => {
      assert.throws(() => evaluate(expression, { values }), message);
    });
  }
});
