import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { csiObjects, secretProviderClass } from '../../../tasks/LangflowDeploy/secretProviderClass';
import { parseMapping } from '../../../tasks/LangflowDeploy/vault/mapping';

const VERSION = '0123456789abcdef0123456789abcdef';
const PLACE = { tenant: 'tenant-id', environment: 'AzureCloud' };

interface Spec {
  provider: string;
  parameters: Record<string, string>;
  secretObjects: { secretName: string; type: string; data: { key: string; objectName: string }[] }[];
}

function classOf(text: string, settings: object = {}, place = PLACE) {
  const [[secret, source] = ['', { kind: 'keys' as const, keys: {} }]] = Object.entries(
    parseMapping('secrets', text),
  );
  const object = secretProviderClass(secret, source, { keyVault: 'contoso', ...settings }, place);
  const spec = object.spec as Spec;
  const { array } = parse(spec.parameters.objects ?? '') as { array: string[] };
  return { name: object.metadata.name, spec, objects: array.map((one) => parse(one) as object) };
}

describe('secretProviderClass', () => {
  it('names the vault, the objects by key, and the Secret that is kept of them', () => {
    const { name, spec, objects } = classOf(
      `passwords: { A: one, B: 'two@${VERSION}', C: { secret: three, encoding: base64 } }`,
      { csiIdentity: 'client-id' },
    );
    assert.match(name, /^passwords-[0-9a-f]{10}$/);
    assert.equal(spec.provider, 'azure');
    const { objects: _objects, ...parameters } = spec.parameters;
    assert.ok(_objects);
    assert.deepEqual(parameters, {
      keyvaultName: 'contoso',
      cloudName: 'AzurePublicCloud',
      tenantId: 'tenant-id',
      usePodIdentity: 'false',
      clientID: 'client-id',
    });
    assert.deepEqual(objects, [
      { objectName: 'one', objectAlias: 'A', objectType: 'secret' },
      { objectName: 'two', objectAlias: 'B', objectType: 'secret', objectVersion: VERSION },
      { objectName: 'three', objectAlias: 'C', objectType: 'secret', objectEncoding: 'base64' },
    ]);
    assert.deepEqual(spec.secretObjects, [
      { secretName: name, type: 'Opaque', data: ['A', 'B', 'C'].map((key) => ({ key, objectName: key })) },
    ]);
  });

  it('keeps a certificate with its key as a TLS Secret', () => {
    const { spec, objects } = classOf('web: certificates/tls');
    assert.deepEqual(objects, [{ objectName: 'tls', objectAlias: 'tls', objectType: 'secret' }]);
    assert.deepEqual(spec.secretObjects[0]?.data, [
      { key: 'tls.crt', objectName: 'tls' },
      { key: 'tls.key', objectName: 'tls' },
    ]);
    assert.equal(spec.secretObjects[0].type, 'kubernetes.io/tls');
  });

  it('takes identities of the nodes and other clouds', () => {
    const { parameters } = classOf(
      'a: { A: https://fabrikam.vault.usgovcloudapi.net/secrets/b }',
      { csiIdentity: 'vm:node-id' },
      { tenant: 't', environment: 'AzureUSGovernment' },
    ).spec;
    assert.equal(parameters.keyvaultName, 'fabrikam');
    assert.equal(parameters.cloudName, 'AzureUSGovernmentCloud');
    assert.equal(parameters.useVMManagedIdentity, 'true');
    assert.equal(parameters.userAssignedIdentityID, 'node-id');
    assert.equal(classOf('a: { A: b }').spec.parameters.userAssignedIdentityID, '');
  });

  it('has another name when the mapping is another, and the same when it is the same', () => {
    const { name } = classOf('a: { A: b }');
    assert.equal(classOf('a: { A: b }').name, name);
    assert.notEqual(classOf('a: { A: c }').name, name);
    assert.notEqual(classOf('a: { A: b }', { keyVault: 'fabrikam' }).name, name);
  });

  const refused: [string, string, RegExp][] = [
    ['a prefix', 'a: app-*', /input 'secrets', a: .*a prefix is not enough; nothing was applied/],
    [
      'two vaults in one Secret',
      'a: { A: b, C: https://fabrikam.vault.azure.net/secrets/d }',
      /takes from contoso and fabrikam/,
    ],
  ];
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => classOf(text), message);
    });
  }
  it('refuses a cloud that the driver does not know', () => {
    assert.throws(
      () => classOf('a: { A: b }', {}, { tenant: 't', environment: 'AzureStack' }),
      /the cloud 'AzureStack'/,
    );
  });
});

describe('csiObjects', () => {
  const vault = {
    azureConnection: 'azure',
    keyVault: 'contoso',
    mode: 'csi' as const,
    secrets: parseMapping('secrets', 'passwords: { A: one }\nfiles: { B: two }'),
  };
  const deployment = (spec: object) => ({
    source: 'all.yaml, line 1',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template: { spec } },
    },
  });

  it('mounts the class just where its Secret is used, under the new name', () => {
    const given = deployment({
      initContainers: [
        { name: 'init', env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'passwords', key: 'A' } } }] },
      ],
      containers: [
        { name: 'main', envFrom: [{ secretRef: { name: 'passwords' } }, { secretRef: { name: 'foreign' } }] },
        { name: 'side', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        { name: 'free' },
      ],
      volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'files' } }] } }],
    });
    const before = structuredClone(given);
    const [passwords, files, web] = csiObjects([given], vault, PLACE).map(({ object }) => object);
    assert.deepEqual(given, before, 'the manifest stays as it is');
    const [one, two] = [passwords?.metadata.name ?? '', files?.metadata.name ?? ''];
    const { spec } = (web?.spec as { template: { spec: Record<string, object[]> } }).template;
    const mount = (name: string) => ({
      name: `secrets-store-${name.slice(-10)}`,
      mountPath: `/mnt/secrets-store/${name}`,
      readOnly: true,
    });
    assert.deepEqual(spec.initContainers, [
      {
        name: 'init',
        env: [{ name: 'X', valueFrom: { secretKeyRef: { name: one, key: 'A' } } }],
        volumeMounts: [mount(one)],
      },
    ]);
    assert.deepEqual(spec.containers, [
      {
        name: 'main',
        envFrom: [{ secretRef: { name: one } }, { secretRef: { name: 'foreign' } }],
        volumeMounts: [mount(one)],
      },
      { name: 'side', volumeMounts: [{ name: 'v', mountPath: '/v' }, mount(two)] },
      { name: 'free' },
    ]);
    const volume = (secretProviderClass: string) => ({
      name: `secrets-store-${secretProviderClass.slice(-10)}`,
      csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass } },
    });
    assert.deepEqual(spec.volumes, [
      { name: 'v', projected: { sources: [{ secret: { name: two } }] } },
      volume(one),
      volume(two),
    ]);
  });

  it('lets an Ingress follow, and other objects be', () => {
    const object = (kind: string) => ({
      source: 'x',
      object: {
        apiVersion: 'networking.k8s.io/v1',
        kind,
        metadata: { name: 'x' },
        spec: { tls: [{ secretName: 'files' }] },
      },
    });
    const [, files, ingress, other] = csiObjects([object('Ingress'), object('Other')], vault, PLACE);
    assert.deepEqual(ingress?.object.spec, { tls: [{ secretName: files?.object.metadata.name }] });
    assert.deepEqual(other?.object.spec, { tls: [{ secretName: 'files' }] });
  });

  it('refuses to pull images with what it would only make afterwards', () => {
    const given = deployment({ containers: [], imagePullSecrets: [{ name: 'files' }] });
    assert.throws(
      () => csiObjects([given], vault, PLACE),
      /all\.yaml, line 1: Deployment\/web pulls its images with the Secret 'files'/,
    );
  });
});
