import assert from 'node:assert/strict';
import { refusal, validityProblem } from '../../../../tasks/common/connections/keyVaultRefusal';

describe('validityProblem', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  const cases: [string, Parameters<typeof validityProblem>[0], RegExp | undefined][] = [
    ['a secret without attributes', {}, undefined],
    [
      'one in date',
      { enabled: true, notBefore: new Date('2026-05-01'), expiresOn: new Date('2026-07-01') },
      undefined,
    ],
    ['a disabled one', { enabled: false }, /disabled; enable it/],
    ['one that expires just now', { expiresOn: now }, /expired on 2026-06-01T12:00:00\.000Z/],
    ['one that begins later', { notBefore: new Date('2026-06-02') }, /not valid before 2026-06-02/],
    ['one that begins now', { notBefore: now }, undefined],
  ];
  for (const [name, attributes, problem] of cases) {
    it(`judges ${name}`, () => {
      const found = validityProblem(attributes, now);
      if (problem) assert.match(found ?? '', problem);
      else assert.equal(found, undefined);
    });
  }
});

describe('refusal', () => {
  const cases: [string, object, RegExp][] = [
    ['404', { statusCode: 404 }, /no such secret or version/],
    [
      'a disabled secret',
      { statusCode: 403, code: 'Forbidden', details: { error: { innerError: { code: 'SecretDisabled' } } } },
      /it is disabled; enable it/,
    ],
    [
      'no role',
      { statusCode: 403, code: 'Forbidden', details: { error: { innerError: { code: 'ForbiddenByRbac' } } } },
      /ForbiddenByRbac.*'Key Vault Secrets User'.*firewall/,
    ],
    ['a wrong token', Object.assign(new Error('AKV10032'), { statusCode: 401 }), /token \(AKV10032\)/],
    ['no such vault', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), /no vault of this name/],
    ['no patience left', Object.assign(new Error('x'), { name: 'AbortError' }), /busy all the time/],
    ['anything else', new Error('first line\nstack'), /^first line$/],
  ];
  for (const [name, error, message] of cases) {
    it(`explains ${name}`, () => {
      assert.match(refusal(error), message);
    });
  }
});
