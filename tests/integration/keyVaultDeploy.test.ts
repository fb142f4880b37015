import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { secretForms } from '../../tasks/common/agent/secrets';
import { AzureSuite } from './support/azureSuite';
import { kubectl } from './support/cluster';
import type { DeployOptions, DeployOutcome } from './support/deployStep';
import { textOfFiles } from './support/files';

interface StoredSecret {
  metadata: { name: string };
  type: string;
  immutable?: boolean;
  data: Record<string, string>;
}

/** The vault is played (support/azure.ts), the SDK and the cluster are real. */
describe('LangflowDeploy with secrets of Key Vault', function () {
  this.timeout(120_000);
  const suite = new AzureSuite();

  function deploy(
    secrets: string | object,
    inputs: Record<string, string> = {},
    more: DeployOptions = {},
  ): Promise<DeployOutcome> {
    const mapping = typeof secrets === 'string' ? secrets : JSON.stringify(secrets);
    return suite.deploy({ keyVault: 'langflow-local', secrets: mapping, ...inputs }, undefined, more);
  }

  /** The Secrets of the release by the name before the hash. */
  function stored(): Record<string, StoredSecret> {
    const list = kubectl(['-n', suite.namespace, 'get', 'secrets', '-o', 'json']);
    const { items } = JSON.parse(list) as { items: StoredSecret[] };
    return Object.fromEntries(
      items
        .filter(({ metadata }) => !metadata.name.startsWith('langflow-delivery.'))
        .map((item) => [item.metadata.name.replace(/-[0-9a-f]{10}$/, ''), item]),
    );
  }

  const valueOf = (secret: StoredSecret | undefined, key: string): string =>
    Buffer.from(secret?.data[key] ?? '', 'base64').toString();

  it('makes immutable Secrets of text, lines, versions, bytes, several vaults, prefixes and certificates', async () => {
    const { azure, certificate } = suite;
    const version = '0123456789abcdef0123456789abcdef';
    const binary = Buffer.from([0, 255, 1, 254, 10, 13]);
    azure.secret('password', 'p4ss word');
    azure.secret('lines', 'first line\nsecond line\n');
    azure.secret('keystore', binary.toString('base64'), { contentType: 'application/x-pkcs12' });
    azure.secret('blob', binary.toString('base64'));
    azure.secret('elsewhere', 'from the other vault', undefined, 'other');
    for (let index = 0; index < 30; index++) azure.secret(`app-key-${index}`, `value-${index}`);
    azure.secret('app-certificate', 'not wanted', { managed: true });
    azure.secret('tls', certificate.key + certificate.pem, {
      contentType: 'application/x-pem-file',
      managed: true,
    });
    const step = await deploy({
      passwords: {
        PLAIN: 'password',
        PINNED: `password@${version}`,
        FORMERLY: `password/${version}`,
        IDENTIFIER: `${azure.vaultAddress}/secrets/password/${version}`,
        LINES: 'lines',
        OTHER: `${azure.otherVaultAddress}/secrets/elsewhere`,
        AGAIN: { secret: 'elsewhere', vault: azure.otherVaultAddress },
      },
      files: { 'keystore.p12': 'keystore', blob: { secret: 'blob', encoding: 'base64' } },
      environment: 'app-*',
      web: 'certificates/tls',
    });
    suite.assertDeployed(step);
    const { passwords, files, environment, web } = stored();
    assert.equal(passwords?.type, 'Opaque');
    assert.equal(passwords.immutable, true);
    assert.deepEqual(
      Object.fromEntries(Object.keys(passwords.data).map((key) => [key, valueOf(passwords, key)])),
      {
        AGAIN: 'from the other vault',
        FORMERLY: 'p4ss word',
        IDENTIFIER: 'p4ss word',
        LINES: 'first line\nsecond line\n',
        OTHER: 'from the other vault',
        PINNED: 'p4ss word',
        PLAIN: 'p4ss word',
      },
    );
    assert.equal(files?.data['keystore.p12'], binary.toString('base64'));
    assert.equal(files.data.blob, binary.toString('base64'));
    assert.equal(Object.keys(environment?.data ?? {}).length, 30);
    assert.equal(valueOf(environment, 'KEY_29'), 'value-29');
    assert.equal(web?.type, 'kubernetes.io/tls');
    assert.equal(valueOf(web, 'tls.crt').trim(), certificate.pem.trim());
    assert.equal(valueOf(web, 'tls.key').trim(), certificate.key.trim());
    assert.ok(azure.count(/\/secrets\/? 200/) >= 2, 'the list has several pages');
  });

  it('lists all that is wrong, and changes nothing', async () => {
    const { azure } = suite;
    const now = Math.floor(Date.now() / 1_000);
    azure.secret('right', 'of-the-right-one');
    azure.secret('disabled', 'of-disabled', { enabled: false });
    azure.secret('expired', 'of-expired', { expires: now - 60 });
    azure.secret('early', 'of-early', { notBefore: now + 3_600 });
    azure.secret('forbidden', 'of-forbidden', { forbidden: true });
    azure.secret('empty', '');
    azure.secret('text', 'not-so!');
    azure.secret('pfx', 'MIIK', { contentType: 'application/x-pkcs12' });
    const step = await deploy({
      passwords: {
        A: 'right',
        B: 'missing',
        C: 'disabled',
        D: 'expired',
        E: 'early',
        F: 'forbidden',
        G: 'empty',
        H: { secret: 'text', encoding: 'base64' },
        I: `right@${'f'.repeat(32)}`,
        J: 'https://langflow-local.vault.localhost:1/secrets/right',
      },
      web: 'certificates/pfx',
      all: 'nothing-*',
    });
    suite.assertRefused(step, /Key Vault did not give 11 secrets; nothing was applied/);
    const problems = {
      missing: 'there is no such secret or version',
      disabled: 'it is disabled; enable it',
      expired: 'it expired on ',
      early: 'it is not valid before ',
      forbidden: "access was refused \\(ForbiddenByRbac\\); give .* the role 'Key Vault Secrets User'",
      empty: 'it has no value',
      text: 'its value is not base64, as the mapping says',
      [`right/${'f'.repeat(32)}`]: 'there is no such secret or version',
      pfx: 'the vault holds it as PFX',
    };
    for (const [name, problem] of Object.entries(problems))
      assert.match(step.message, new RegExp(`- ${azure.vaultAddress}/secrets/${name}: ${problem}`));
    assert.match(step.message, /vault\.localhost:1\/secrets\/right: .*ECONNREFUSED/);
    assert.match(step.message, /no secret's name begins with 'nothing-'/);
    assert.doesNotMatch(step.message, /secrets\/right: (?!.*ECONNREFUSED)/);
  });

  it('waits for a busy vault as long as it says', async () => {
    suite.azure.secret('password', 'value', { faults: [429, 503, 429] });
    const started = Date.now();
    suite.assertDeployed(await deploy({ passwords: { A: 'password' } }));
    assert.ok(Date.now() - started >= 3_000, 'Retry-After is one second, three times');
    assert.equal(suite.azure.count(/\/secrets\/password\/? (429|503)/), 3);
  });

  it('names a vault that is not there, and a mistake in the mapping with its line', async () => {
    const gone = await deploy('passwords: { A: b }', { keyVault: 'https://no-such-vault.invalid' });
    suite.assertRefused(gone, /no-such-vault\.invalid\/secrets\/b: there is no vault of this name/);
    suite.assertRefused(
      await deploy('passwords:\n  A: right\n  B: not_a_name\n'),
      /secrets, line 3, column 3: found "not_a_name"; accepted is the name of a vault's secret/,
    );
    suite.assertRefused(
      await deploy('passwords: { A: b }', { keyVault: '' }),
      /Input 'keyVault': it is empty; accepted is the name or address of the vault/,
    );
  });

  it('rolls just the workloads that use a secret that has changed', async () => {
    const { azure } = suite;
    azure.secret('first', 'one');
    azure.secret('second', 'two');
    const uses = (secret: string): object => ({ envFrom: [{ secretRef: { name: secret } }] });
    suite.write(suite.deployment('a', 0, uses('for-a')), suite.deployment('b', 0, uses('for-b')));
    const mapping = { 'for-a': { VALUE: 'first' }, 'for-b': { VALUE: 'second' } };
    suite.assertDeployed(await deploy(mapping));
    const generation = (name: string): string =>
      kubectl(['-n', suite.namespace, 'get', 'deployment', name, '-o', 'jsonpath={.metadata.generation}']);
    const [a, b] = [generation('a'), generation('b')];
    azure.secret('first', 'another one');
    suite.assertDeployed(await deploy(mapping));
    assert.notEqual(generation('a'), a);
    assert.equal(generation('b'), b);
  });

  it('leaves no value in any form in logs, files, summary, arguments and environments', async () => {
    const { azure, certificate, namespace } = suite;
    const random = (): string => randomBytes(12).toString('hex');
    const values = {
      word: random(),
      lines: `${random()} "quoted"\n${random()} & more\n${random()}\n`,
      json: JSON.stringify({ user: random(), password: `${random()}/+?` }),
      'url-like': `https://u:${random()}@host/?q=${random()} x`,
    };
    const binary = randomBytes(48);
    for (const [name, value] of Object.entries(values)) azure.secret(name, value);
    azure.secret('binary', binary.toString('base64'));
    azure.secret('tls', certificate.key + certificate.pem, { contentType: 'application/x-pem-file' });
    // It prints all of them, and never becomes ready: its last words are shown, masked.
    const script = 'env; sed "s/^/file: /" /secrets/*; exit 3';
    const container = {
      command: ['sh', '-c', script],
      envFrom: [{ secretRef: { name: 'texts' } }],
    };
    suite.write(suite.deployment('web', 0, container));
    const forbidden = [
      ...Object.values(values).flatMap(secretForms),
      ...secretForms(certificate.key).filter((form) => !/PRIVATE KEY/.test(form)),
      binary.toString('base64'),
      binary.toString('hex'),
    ].filter((form) => form.length >= 8);
    const watch = new Watch(suite.folder, forbidden);
    const step = await deploy(
      {
        texts: { WORD: 'word', LINES: 'lines', JSON: 'json', URL: 'url-like' },
        bytes: { BINARY: { secret: 'binary', encoding: 'base64' } },
        web: 'certificates/tls',
      },
      { timeout: '60s' },
      { variables: { 'System.Debug': 'true' } },
    ).finally(() => {
      watch.stop();
    });
    const sightings = watch.sightings();
    assert.equal(step.result, 'Failed', 'the pod fails, so that its last words are shown');
    assert.match(step.message, /WORD=\*\*\*/);
    assert.deepEqual(sightings, []);
    const places = {
      log: step.log,
      message: step.message,
      summary: step.summary,
      issues: JSON.stringify(step.issues),
      outputs: JSON.stringify(step.outputs),
      release: readFileSync(step.file, 'utf8'),
      files: textOfFiles(path.dirname(step.file)),
      events: kubectl(['-n', namespace, 'get', 'events', '-o', 'json']),
    };
    for (const [place, text] of Object.entries(places)) {
      const found = forbidden.filter((form) => text.includes(form));
      assert.deepEqual(found, [], place);
    }
  });
});

/** Looks, while a step runs, for texts in the files below a folder and in arguments and environments of all processes. */
class Watch {
  private readonly seen = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private looks = 0;

  constructor(
    private readonly folder: string,
    private readonly texts: readonly string[],
  ) {
    this.timer = setInterval(() => {
      this.look();
    }, 50);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Where something was seen. */
  sightings(): string[] {
    assert.ok(this.looks > 10);
    return [...this.seen];
  }

  private look(): void {
    this.looks++;
    for (const pid of descendants())
      for (const file of ['cmdline', 'environ']) this.search(`/proc/${pid}/${file}`);
    const files = readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.startsWith('run-')))
      this.search(path.join(this.folder, file));
  }

  private search(place: string): void {
    const text = read(place);
    if (this.texts.some((one) => text.includes(one))) this.seen.add(place);
  }
}

/** The processes that this one has started, and theirs. The containers of the pods are none of them. */
function descendants(): string[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [pid, /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1] ?? '']),
  );
  const isOurs = (pid: string): boolean => {
    const parent = parents.get(pid) ?? '';
    return parent === `${process.pid}` || (parents.has(parent) && isOurs(parent));
  };
  return [...parents.keys()].filter(isOurs);
}

/** The text of a file; what is a folder, or gone meanwhile, is nothing. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
