import assert from 'node:assert/strict';
import { parseVariables } from '../../../tasks/LangflowSmokeTest/variables';

describe('variables of the smoke test', () => {
  it('are texts, whatever YAML would make of them', () => {
    assert.deepEqual(parseVariables('variables', "A: 0123\nB: 1e5\nC: yes\nD: null\nE: 'it''s # 1'\n"), {
      A: '0123',
      B: '1e5',
      C: 'yes',
      D: 'null',
      E: "it's # 1",
    });
    assert.deepEqual(parseVariables('secrets', ''), {});
    assert.deepEqual(parseVariables('variables', '# none\n'), {});
  });

  for (const [mistake, text, message] of [
    [
      'a password that is no YAML, without quoting it',
      'A: b\nPASSWORD: @s3cret',
      /line 2 .*single quotes(?!.*s3cret)/,
    ],
    ['a name twice', 'A: b\nA: s3cret', /line 2/],
    ['a name that no reference could have', 'A-B: c', /found "A-B"/],
    ['a list', '- s3cret', /Write NAME: value/],
    ['a text without a name', 's3cret', /Write NAME: value/],
    ['a value with structure', 'A: { B: s3cret }', /found "A with a list or object"/],
    ['what the agent could not resolve', 'A: $(nowhere)', /Define the pipeline variable 'nowhere'/],
  ] as const) {
    it(`refuse ${mistake}`, () => {
      assert.throws(
        () => parseVariables('variables', text),
        (error: Error) => {
          assert.match(error.message, /^Input 'variables': /);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /s3cret/);
          return true;
        },
      );
    });
  }
});
