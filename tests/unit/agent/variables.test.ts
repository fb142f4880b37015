import assert from 'node:assert/strict';
import { Masker } from '../../agent/masker';
import { Variables } from '../../agent/variables';

describe('Variables', () => {
  it('expands in one pass, whatever the case, and leaves what it does not know', () => {
    const variables = new Variables(new Masker(), { 'Build.Id': '7', nested: '$(build.id)' });
    assert.equal(variables.expand('$(BUILD.ID) $(nested) $(none)'), '7 $(build.id) $(none)');
  });
  it('keeps a secret out of the plain names, though it is set again as if it were none', () => {
    const masker = new Masker();
    const variables = new Variables(masker);
    variables.set('my.secret', 'first-value', { secret: true });
    variables.set('My.Secret', 'second-value');
    assert.deepEqual(variables.environment(), {
      SECRET_MY_SECRET: 'second-value',
      VSTS_PUBLIC_VARIABLES: '[]',
      VSTS_SECRET_VARIABLES: '["my.secret"]',
    });
    assert.equal(masker.mask('first-value second-value'), '*** ***');
  });
});

describe('Masker', () => {
  it('knows the base64 of a secret variable, but not of a value that a step registers', () => {
    const masker = new Masker();
    masker.addVariable('of-the-job');
    masker.add('of-the-step');
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    assert.equal(
      masker.mask(`${base64('of-the-job')} ${base64('of-the-step')} of-the-step`),
      `*** ${base64('of-the-step')} ***`,
    );
  });
  it('masks the longest secret first, escaped forms, and passwords in URLs', () => {
    const masker = new Masker();
    masker.add('abc');
    masker.add('abc"def');
    assert.equal(
      masker.mask('abc"def {"x":"abc\\"def"} abc%22def https://user:pw@host/'),
      '*** {"x":"***"} *** https://user:***@host/',
    );
  });
});
