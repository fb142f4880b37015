import assert from 'node:assert/strict';
import { endpointOf, type Service } from '../../../tasks/LangflowSmokeTest/endpoint';
import { parseTarget, targetText } from '../../../tasks/LangflowSmokeTest/target';
import { pod } from './samples';

const service = (...ports: NonNullable<Service['spec']>['ports'] & object): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports },
});

describe('endpointOf', () => {
  const ready = pod('web-1', { ready: true });
  Object.assign(ready.spec ?? {}, {
    containers: [{ name: 'side' }, { name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }],
  });

  it('takes the port of the container, by number, by name, or the same', () => {
    const web = service(
      { name: 'a', port: 80, targetPort: 'http' },
      { name: 'b', port: 81, targetPort: 9000 },
      { port: 82 },
    );
    assert.deepEqual(endpointOf(web, 80, [ready]), { pod: 'web-1', port: 8080 });
    assert.deepEqual(endpointOf(web, 'b', [ready]), { pod: 'web-1', port: 9000 });
    assert.deepEqual(endpointOf(web, 82, [ready]), { pod: 'web-1', port: 82 });
  });

  it('takes a pod that takes traffic', () => {
    const leaving = pod('web-0', { ready: true });
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const pods = [pod('web-2', { ready: false }), leaving, ready];
    assert.equal(endpointOf(service({ port: 80 }), 80, pods).pod, 'web-1');
  });

  it('says which ports there are, which pods are not ready, and which name no pod has', () => {
    const web = service({ name: 'http', port: 80, targetPort: 'web' });
    assert.throws(() => endpointOf(web, 'htp', [ready]), /Service web has no port htp; it has 80 or http\./);
    assert.throws(
      () => endpointOf(web, 80, [pod('web-2', { ready: false })]),
      /Service web has no ready pod: web-2 is Running but not ready\./,
    );
    assert.throws(() => endpointOf(web, 80, []), /no ready pod: no pod matches its selector\./);
    assert.throws(() => endpointOf(web, 80, [ready]), /to 'web', a port that pod web-1 has not\./);
  });
});

describe('parseTarget', () => {
  for (const text of [
    'service/web',
    'service/Web:80',
    'service/web:',
    'web:80',
    'ftp://web',
    'https://',
    'service/a/b:80',
  ]) {
    it(`refuses ${text}`, () => {
      assert.match(refusalOf(text), /accepted is service\/<name>:<port number or name> \(or deployment\//);
    });
  }

  it('refuses a password, without quoting it', () => {
    assert.match(
      refusalOf('https://user:s3cret@web'),
      /^the target has a user name or password, (?!.*s3cret)/,
    );
  });

  it('is shown without its query', () => {
    for (const [text, shown] of [
      ['service/web:http', 'service/web:http'],
      ['deployment/web:9090', 'deployment/web:9090'],
      ['wss://web/socket', 'https://web/socket'],
      ['https://web/', 'https://web'],
      ['https://web:8443/a?key=s3cret', 'https://web:8443/a'],
    ] as const) {
      const target = parseTarget(text);
      assert.ok(typeof target !== 'string');
      assert.equal(targetText(target), shown);
    }
  });
});

function refusalOf(text: string): string {
  const refusal = parseTarget(text);
  return typeof refusal === 'string' ? refusal : 'accepted';
}
