import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import * as path from 'node:path';
import { BuildSuite } from './support/buildSuite';
import { kubectl } from './support/cluster';
import { pushedDigest } from './support/images';

describe('LangflowBuild builds', function () {
  this.timeout(300_000);
  const suite = new BuildSuite();

  it('behind TLS that asks for a client certificate', async () => {
    const tls = certificates();
    const { address } = await suite.freshBuilder({ tls: { folder: tls, port: 18_765 } });
    const options = ['ca', 'cert', 'key'].map(
      (name) => `${name === 'ca' ? 'cacert' : name}=${tls}/${name}.pem`,
    );
    await suite.released(
      await suite.build({
        builder: address,
        driverOptions: [...options, 'servername=localhost'].join('\n'),
      }),
    );
    const refused = await suite.build({
      builder: address,
      driverOptions: options.slice(0, 1).join('\n'),
    });
    assert.equal(refused.result, 'Failed');
    assert.match(refused.message, /The builder is not ready[^]*cacert=, cert= and key=/);
  });

  it('in a container that it makes and removes', async function () {
    const image = await buildkitImage();
    // Some sandboxes do not let their root start a privileged container, which BuildKit's has to be.
    const privileged = ['run', '--rm', '--privileged', '--network=host', '--entrypoint=true', image];
    if (spawnSync('docker', privileged, { env: dockerEnvironment() }).status !== 0) this.skip();
    suite.write({ 'app/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n' });
    await suite.released(
      await suite.build({ builder: '', driverOptions: `image=${await buildkitImage()}\nnetwork=host` }),
    );
    assert.equal(execFileSync('docker', ['ps', '--all', '--quiet'], { encoding: 'utf8' }), '');
  });

  it('in pods of a cluster, which stay when they have a name', async () => {
    const namespace = `build-${suite.nonce}`;
    kubectl(['create', 'namespace', namespace]);
    try {
      suite.write({ 'app/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n' });
      const inputs = {
        ...{ push: 'false', cache: 'none', driver: 'kubernetes', builderConnection: 'langflow-aks' },
        driverOptions: `namespace=${namespace}\nimage=${await buildkitImage()}`,
      };
      const deployments = () => kubectl(['get', 'deployments', '--namespace', namespace, '--output', 'name']);
      const gone = await suite.build({ ...inputs, builder: '' });
      assert.equal(gone.result, 'Succeeded', gone.message);
      assert.equal(deployments(), '');
      const kept = await suite.build({ ...inputs, builder: 'builders' });
      assert.equal(kept.result, 'Succeeded', kept.message);
      assert.equal(deployments(), 'deployment.apps/builders0');
      const again = await suite.build({ ...inputs, builder: 'builders' });
      assert.equal(again.result, 'Succeeded', again.message);
    } finally {
      kubectl(['delete', 'namespace', namespace, '--wait=false']);
    }
  });

  async function buildkitImage(): Promise<string> {
    const image = 'mirror/moby/buildkit';
    const there = await pushedDigest(suite.registry, image, 'buildx-stable-1');
    return there
      ? `${suite.environment.registryHost}/${image}:buildx-stable-1`
      : 'moby/buildkit:buildx-stable-1';
  }

  const dockerEnvironment = () => ({
    ...process.env,
    DOCKER_CONFIG: path.join(suite.environment.state, 'docker-config'),
  });

  function certificates(): string {
    const target = mkdtempSync(path.join(suite.folder, 'tls-'));
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: target, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test', '-days', '1');
    openssl(
      'req',
      ...key,
      '-keyout',
      'key.pem',
      '-out',
      'csr.pem',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'csr.pem',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-copy_extensions',
      'copy',
      '-days',
      '1',
      '-out',
      'cert.pem',
    );
    return target;
  }
});
