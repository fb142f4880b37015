import assert from 'node:assert/strict';
import { maskSecret, secretForms } from '../../../../tasks/common/agent/secrets';
import { printedBy } from '../../support/agent';

describe('secrets', () => {
  it('has every form in which a secret may come back', () => {
    const forms = secretForms('pass "word"/1');
    for (const form of [
      'pass "word"/1',
      'cGFzcyAid29yZCIvMQ==',
      'pass \\"word\\"/1',
      'pass%20%22word%22%2F1',
    ]) {
      assert.ok(forms.includes(form), form);
    }
  });

  it('has each line of a multi-line secret and its base64, but no line so short that it would spoil the log', () => {
    const forms = secretForms('-----BEGIN KEY-----\nabcdefgh\nno\n');
    assert.ok(forms.includes('abcdefgh'));
    assert.ok(forms.includes(Buffer.from('abcdefgh').toString('base64')));
    assert.ok(!forms.includes('no'));
    assert.ok(forms.every((form) => !form.includes('\n')));
  });

  it('registers every form with the agent', async () => {
    const printed = await printedBy(() => {
      maskSecret('s3cret');
    });
    assert.match(printed, /##vso\[task.setsecret\]s3cret\r?\n/);
    assert.match(printed, /##vso\[task.setsecret\]czNjcmV0\r?\n/);
  });

  it('registers nothing for an empty secret', async () => {
    assert.equal(
      await printedBy(() => {
        maskSecret('');
      }),
      '',
    );
  });
});
