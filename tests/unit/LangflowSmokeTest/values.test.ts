import assert from 'node:assert/strict';
import { referencesIn, Values } from '../../../tasks/LangflowSmokeTest/values';
import { printedBy } from '../support/agent';

describe('values', () => {
  const values = new Values({ NAME: 'a b', PRICE: '$&' }, ['p@ss/word']);
  values.set('ID', 7, { secret: false });

  it('are put into texts, and only once', () => {
    const nested = new Values({ OUTER: '${INNER}' });
    assert.equal(nested.text('<${OUTER}>'), '<${INNER}>');
    assert.equal(values.text('/${NAME}/${ID}?${PRICE}'), '/a b/7?$&');
    assert.equal(values.text('/${NAME}', encodeURIComponent), '/a%20b');
    assert.equal(values.text('$${NAME} $NAME ${not a name}'), '${NAME} $NAME ${not a name}');
  });

  it('keep their type where they are the whole text', () => {
    assert.deepEqual(
      values.json({ id: '${ID}', text: 'id ${ID}', list: [1, null, '$${ID}'], 'a/b': '${NAME}' }),
      {
        id: 7,
        text: 'id 7',
        list: [1, null, '${ID}'],
        'a/b': 'a b',
      },
    );
  });

  it('are found wherever they are referred to', () => {
    const template = { a: ['${A}', { b: '${B}/${A}' }], c: '$${C}', d: 1 };
    assert.deepEqual(referencesIn(template), ['A', 'B']);
  });

  it('that are secret are taken out of texts in each form, and masked by the agent', async () => {
    const basic = Buffer.from('p@ss/word').toString('base64');
    assert.equal(values.redact(`p@ss/word p%40ss%2Fword ${basic} passes`), '*** *** *** passes');
    const printed = await printedBy(() => {
      values.set('TOKEN', 't0k"en', { secret: true });
    });
    assert.match(printed, /##vso\[task\.setsecret\]t0k"en/);
    assert.equal(values.redact(JSON.stringify({ token: 't0k"en' })), '{"token":"***"}');
  });

  it('are taken out by their form, when nobody knew them before', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlNjhjIn0.NDwNTdh1ldj8';
    for (const [text, redacted] of [
      [`{"access_token": "abc", "n":1}`, `{"access_token": "***", "n":1}`],
      [String.raw`"{\"api_key\":\"sk-1\"}"`, String.raw`"{\"api_key\":\"***\"}"`],
      [`token ${jwt}`, 'token ***'],
      [`found "${jwt.slice(0, 30)}`, 'found "***'],
      ['Authorization: Bearer abcdefghij', 'Authorization: Bearer ***'],
      ['LANGFLOW_SUPERUSER_PASSWORD=x7 next', 'LANGFLOW_SUPERUSER_PASSWORD=*** next'],
      ['postgresql://langflow:pw@host/db', 'postgresql://***@host/db'],
      ['the token is wrong: "token" expected', 'the token is wrong: "token" expected'],
    ] as const)
      assert.equal(new Values({}).redact(text), redacted);
  });
});
