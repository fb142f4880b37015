import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { maskBytes, maskSecret, secretForms, withoutSecrets } from '../../../../tasks/common/agent/secrets';
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
    // One that no other test has had masked.
    const secret = randomUUID();
    const printed = await printedBy(() => {
      maskSecret(secret);
    });
    const base64 = Buffer.from(secret).toString('base64');
    for (const form of [secret, base64])
      assert.match(printed, new RegExp(`##vso\\[task.setsecret\\]${form}\r?\n`));
  });

  it('registers nothing for an empty secret', async () => {
    assert.equal(
      await printedBy(() => {
        maskSecret('');
      }),
      '',
    );
  });

  it('takes them out of a text, the longer ones first, and binary ones by their base64', async () => {
    const bytes = Buffer.from([0, 255, 254, 1, 2, 3]);
    await printedBy(() => {
      maskSecret('hunter2');
      maskSecret('hunter2 and more');
      maskBytes(bytes);
    });
    const base64 = bytes.toString('base64');
    assert.equal(withoutSecrets(`a hunter2 and more, hunter2, ${base64}`), 'a ***, ***, ***');
    assert.equal(withoutSecrets(Buffer.from('hunter2').toString('base64')), '***');
    assert.equal(withoutSecrets('nothing'), 'nothing');
  });
});
