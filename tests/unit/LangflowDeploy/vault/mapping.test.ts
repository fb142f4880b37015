import assert from 'node:assert/strict';
import { parseMapping, vaultsOf } from '../../../../tasks/LangflowDeploy/vault/mapping';

const VERSION = '0123456789abcdef0123456789abcdef';
const VAULT = 'https://contoso.vault.azure.net';

/** Without the fields that are undefined. */
const parsed = (text: string): unknown => JSON.parse(JSON.stringify(parseMapping('secrets', text)));

describe('parseMapping', () => {
  const secrets: [string, object][] = [
    ['name', { name: 'name' }],
    [`name@${VERSION}`, { name: 'name', version: VERSION }],
    [`name/${VERSION}`, { name: 'name', version: VERSION }],
    [`${VAULT}/secrets/name`, { vault: VAULT, name: 'name' }],
    [`${VAULT}/secrets/name/${VERSION}`, { vault: VAULT, name: 'name', version: VERSION }],
    ['{ secret: name, encoding: base64 }', { name: 'name', encoding: 'base64' }],
    [
      `{ secret: name, version: '${VERSION}', vault: other }`,
      { vault: 'other', name: 'name', version: VERSION },
    ],
  ];
  for (const [text, secret] of secrets) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parsed(`s: { K: ${text.startsWith('{') ? text : `"${text}"`} }`), {
        s: { kind: 'keys', keys: { K: secret } },
      });
    });
  }

  it('reads prefixes and certificates, of the vault of the input and of others', () => {
    const text = [
      'a: app-*',
      `b: ${VAULT}/secrets/app-*`,
      'c: certificates/tls',
      `d: ${VAULT}/certificates/tls/${VERSION}`,
    ].join('\n');
    assert.deepEqual(parsed(text), {
      a: { kind: 'prefix', prefix: 'app-' },
      b: { kind: 'prefix', prefix: 'app-', vault: VAULT },
      c: { kind: 'certificate', certificate: { name: 'tls' } },
      d: { kind: 'certificate', certificate: { name: 'tls', vault: VAULT, version: VERSION } },
    });
    assert.deepEqual(vaultsOf(parseMapping('secrets', text)), new Set([undefined, VAULT]));
  });

  const mistakes: [string, string, RegExp][] = [
    ['a list', '- a', /secrets, line 1.*Kubernetes Secrets with their keys/],
    ['no YAML', 'a: [', /secrets, line 1.*not valid YAML/],
    ['a wrong name of a Secret', 'Big: { A: b }', /line 1.*'Big' is no name of a Secret/],
    ['a name alone', 'a: b', /line 1.*'a' has "b"; accepted is keys .*prefix .*certificate/],
    ['no keys', 'a: {}', /'a' has \{\}/],
    ['every secret of the vault', "a: '*'", /'a' has "\*"/],
    ['a wrong key', 'a:\n  "a b": c', /line 2, column 3.*'a b' is no key/],
    ['a wrong version', 'a:\n  A: b\n  C: d@1', /line 3, column 3.*found "d@1"/],
    ['a number', 'a: { A: 5 }', /found 5; accepted is the name of a vault's secret/],
    ['a certificate for a key', 'a: { A: certificates/b }', /"certificates\/b" is a certificate/],
    [
      'an unknown field',
      'a:\n  A: { secret: b, enc: hex }',
      /line 2.*unknown key 'enc'; accepted are secret, version/,
    ],
    [
      'an unknown encoding',
      'a: { A: { secret: b, encoding: utf7 } }',
      /found "utf7"; accepted are utf-8, base64, hex/,
    ],
    ['a version that is a number', 'a: { A: { secret: b, version: 1 } }', /found 1; accepted is text/],
    ['a short version', "a: { A: { secret: b, version: '1' } }", /found "1"; accepted are 32 hexadecimal/],
  ];
  for (const [name, text, message] of mistakes) {
    it(`refuses ${name} with its line`, () => {
      assert.throws(() => parseMapping('secrets', text), message);
    });
  }
});
