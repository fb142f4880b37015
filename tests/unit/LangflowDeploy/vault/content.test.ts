import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { bytesOf, tlsOf, typeOf } from '../../../../tasks/LangflowDeploy/vault/content';

const BYTES = Buffer.from([0, 255, 16, 200]);
const BASE64 = BYTES.toString('base64');

describe('bytesOf', () => {
  const cases: [string, Parameters<typeof bytesOf>, Buffer][] = [
    ['text', [{ value: 'käse\n' }], Buffer.from('käse\n')],
    ['text that looks like base64', [{ value: BASE64 }], Buffer.from(BASE64)],
    ['base64 that the mapping says', [{ value: BASE64 }, 'base64'], BYTES],
    ['base64 in lines', [{ value: `${BASE64.slice(0, 4)}\n${BASE64.slice(4)}\n` }, 'base64'], BYTES],
    ['base64 without its end', [{ value: BASE64.replace(/=+$/, '') }, 'base64'], BYTES],
    ['hex in any case', [{ value: '00FF10c8' }, 'hex'], BYTES],
    ['a PFX', [{ value: BASE64, contentType: 'application/x-pkcs12' }], BYTES],
    ['a file', [{ value: BASE64, contentType: 'application/octet-stream' }], BYTES],
    ['a type that says base64', [{ value: BASE64, contentType: 'image/png;base64' }], BYTES],
    ['the tag of the Azure CLI', [{ value: BASE64, tags: { 'file-encoding': 'base64' } }], BYTES],
    ['the mapping before the type', [{ value: 'x', contentType: 'base64' }, 'utf-8'], Buffer.from('x')],
  ];
  for (const [name, [value, encoding], bytes] of cases) {
    it(`takes ${name}`, () => {
      assert.deepEqual(bytesOf(value, encoding), { bytes });
    });
  }

  const wrong: [string, Parameters<typeof bytesOf>, RegExp][] = [
    ['text that is no base64', [{ value: 'not base64!' }, 'base64'], /not base64, as the mapping says/],
    ['an odd number of digits', [{ value: '0ff' }, 'hex'], /not hex/],
    [
      'a PFX that is none',
      [{ value: '!', contentType: 'application/x-pkcs12' }],
      /not base64, as its content type or tag \(application\/x-pkcs12\) says/,
    ],
  ];
  for (const [name, [value, encoding], problem] of wrong) {
    it(`says what is wrong with ${name}`, () => {
      const result = bytesOf(value, encoding);
      assert.match('problem' in result ? result.problem : 'none', problem);
    });
  }
});

describe('tlsOf', () => {
  let chain: { key: string; leaf: string; authority: string };
  before(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tls-test-'));
    const file = (name: string): string => path.join(folder, name);
    const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
    const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '30'];
    openssl('req', '-x509', ...key, '-subj', '/CN=ca', '-keyout', file('ca.key'), '-out', file('ca.pem'));
    openssl(
      'req',
      '-new',
      ...key.slice(0, 3),
      '-subj',
      '/CN=web',
      '-keyout',
      file('web.key'),
      '-out',
      file('web.csr'),
    );
    openssl(
      ...['x509', '-req', '-in', file('web.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
      ...['-CAcreateserial', '-days', '30', '-out', file('web.pem')],
    );
    const read = (name: string): string => readFileSync(file(name), 'utf8').trim();
    chain = { key: read('web.key'), leaf: read('web.pem'), authority: read('ca.pem') };
    rmSync(folder, { recursive: true });
  });

  const now = new Date();

  it('puts the certificate of the key first, whatever the order in the vault', () => {
    const { key, leaf, authority } = chain;
    for (const value of [
      [key, leaf, authority],
      [authority, leaf, key],
      [leaf, key, authority],
    ]) {
      const result = tlsOf({ value: value.join('\n') }, now);
      assert.ok('content' in result);
      const { type, data } = result.content;
      assert.equal(type, 'kubernetes.io/tls');
      assert.equal(data['tls.crt']?.toString(), `${leaf}\n${authority}\n`);
      assert.equal(data['tls.key']?.toString(), `${key}\n`);
    }
  });

  const problems: [string, () => Parameters<typeof tlsOf>, RegExp][] = [
    ['a PFX', () => [{ value: BASE64, contentType: 'application/x-pkcs12' }, now], /holds it as PFX/],
    ['no key', () => [{ value: chain.leaf }, now], /not a PEM with a certificate and its private key/],
    [
      'the key of another one',
      () => [{ value: `${chain.key}\n${chain.authority}` }, now],
      /none of its certificates belongs to its private key/,
    ],
    [
      'a certificate that has ended',
      () => [{ value: `${chain.key}\n${chain.leaf}` }, new Date(now.getTime() + 31 * 86_400_000)],
      /the certificate expired on /,
    ],
    [
      'what cannot be read',
      () => [{ value: chain.key.replace(/MII/, 'XXX') + chain.leaf }, now],
      /cannot be read/,
    ],
  ];
  for (const [name, given, problem] of problems) {
    it(`says what is wrong with ${name}`, () => {
      const result = tlsOf(...given());
      assert.match('problem' in result ? result.problem : 'none', problem);
    });
  }
});

describe('typeOf', () => {
  it('knows what Kubernetes has a type for', () => {
    assert.equal(typeOf(['A']), 'Opaque');
    assert.equal(typeOf(['.dockerconfigjson']), 'kubernetes.io/dockerconfigjson');
    assert.equal(typeOf(['tls.crt', 'tls.key', 'ca.crt']), 'kubernetes.io/tls');
  });
});
