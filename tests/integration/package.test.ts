import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readRelease } from '../../tasks/common/release/release';
import { runStep } from '../agent/step';
import { localEnvironment } from '../environment';
import { COMMIT, writeFiles } from './support/buildStep';
import { kubectl } from './support/cluster';
import { writeManifest } from './support/deployStep';
import { webDeployment } from './support/deploySuite';
import { modulesInReach, unpackVsix, VSIX } from './support/package';

const TASKS = ['LangflowBuild', 'LangflowScan', 'LangflowDeploy', 'LangflowSmokeTest'];

describe('the package', function () {
  this.timeout(300_000);

  let unpacked: string;

  before(() => {
    unpacked = unpackVsix();
  });

  after(() => {
    rmSync(unpacked, { recursive: true });
  });

  it('holds the four tasks, and neither source maps nor modules', () => {
    assert.deepEqual(readdirSync(path.join(unpacked, 'tasks')).sort(), TASKS.toSorted());
    const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((file) => /\.map$|node_modules/.test(file)),
      [],
    );
  });

  it('shows its tab on runs of its own tasks', () => {
    const { contributions } = JSON.parse(
      readFileSync(path.join(unpacked, 'extension.vsomanifest'), 'utf8'),
    ) as { contributions: { type: string; properties: { uri?: string; supportsTasks?: string[] } }[] };
    const tab = contributions.find(({ type }) => type === 'ms.vss-build-web.build-results-tab');
    const ids = TASKS.map((task) => {
      const definition = readFileSync(path.join(unpacked, 'tasks', task, 'task.json'), 'utf8');
      return (JSON.parse(definition) as { id: string }).id;
    });
    assert.deepEqual(tab?.properties.supportsTasks?.toSorted(), ids.sort());
    assert.ok(existsSync(path.join(unpacked, tab.properties.uri ?? '')));
  });

  it('names the packages that it holds, with their licences and in an SBOM', () => {
    const licences = readFileSync(path.join(unpacked, 'licences.txt'), 'utf8');
    const { bomFormat, components } = JSON.parse(
      readFileSync(path.join(unpacked, 'sbom.cdx.json'), 'utf8'),
    ) as { bomFormat: string; components: { purl: string }[] };
    assert.equal(bomFormat, 'CycloneDX');
    const known = new Set(
      components.map((component) => decodeURIComponent(component.purl.replace('pkg:npm/', ''))),
    );
    const listed = [...licences.matchAll(/^(\S+) (\d+\.\d+\.\S+) \(.+\)\n\n/gm)].map(
      ([, name, version]) => `${name}@${version}`,
    );
    assert.ok(listed.length > 20, `only ${listed.length} packages`);
    assert.deepEqual(
      listed.filter((one) => !known.has(one)),
      [],
    );
  });

  it('has at most 3 MB', () => {
    assert.ok(statSync(VSIX).size <= 3_000_000);
  });

  it('holds the pictures of its overview, and no others', () => {
    const overview = readFileSync(path.join(unpacked, 'overview.md'), 'utf8');
    const shown = [...overview.matchAll(/docs\/images\/(\S+\.png)/g)].map(([, name]) => name);
    assert.deepEqual(readdirSync(path.join(unpacked, 'docs/images')).sort(), shown.sort());
  });

  for (const node of [20, 24] as const) {
    it(`releases a component from it alone on Node ${node}`, async () => {
      assert.deepEqual(modulesInReach(path.join(unpacked, 'tasks')), []);
      const job = new PackagedJob(path.join(unpacked, 'tasks'), node);
      try {
        await job.run('LangflowBuild', {
          ...{ components: 'components.yml', containerRegistry: 'langflow-acr', releaseName: 'packaged' },
          ...{
            repositoryPrefix: `tests/${job.namespace}`,
            tags: 'packaged',
            builder: job.environment.builder,
          },
        });
        await job.run('LangflowScan', {
          containerRegistry: 'langflow-acr',
          databaseRepository: job.environment.databaseRepository,
          reportDirectory: path.join(job.folder, 'reports'),
        });
        const place = { kubernetesServiceConnection: 'langflow-aks', namespace: job.namespace };
        await job.run('LangflowDeploy', { ...place, manifests: 'web.yaml', requireScan: 'true' });
        await job.run('LangflowSmokeTest', { ...place, suite: 'none', checks: 'smoke.yml' });
        const { components, scan, deployment, smokeTest } = await readRelease(job.releaseManifest);
        assert.deepEqual(
          [components.length, scan?.verdict, deployment?.outcome, smokeTest?.verdict],
          [1, 'passed', 'deployed', 'passed'],
        );
        const page = readFileSync(
          path.join(path.dirname(job.releaseManifest), 'langflow-release.html'),
          'utf8',
        );
        for (const task of TASKS) assert.ok(page.includes(`"task":"${task}"`), task);
      } finally {
        job.remove();
      }
    });
  }

  it('speaks the language of the organisation, where there is a translation, and English elsewhere', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'langflow-culture-'));
    try {
      const tasks = path.join(folder, 'tasks');
      cpSync(path.join(unpacked, 'tasks/LangflowScan'), path.join(tasks, 'LangflowScan'), {
        recursive: true,
      });
      const german = path.join(tasks, 'LangflowScan/Strings/resources.resjson/de-DE');
      mkdirSync(german);
      writeFileSync(
        path.join(german, 'resources.resjson'),
        JSON.stringify({
          'loc.messages.InputWrong': 'Eingabe „%s“: gefunden wurde %s; erlaubt ist %s.',
          'loc.messages.InputEmpty': 'Eingabe „%s“ ist leer; erlaubt ist %s.',
        }),
      );
      const inputs = { severity: 'HIGH', parallelism: '0', releaseManifest: '', source: '.' };
      const said = async (culture: string): Promise<string> => {
        const variables = { 'System.Culture': culture };
        const { message, log } = await runStep({ task: 'LangflowScan', inputs, folder, tasks, variables });
        assert.doesNotMatch(log, /loc string|[Rr]esource file/);
        return message;
      };
      assert.match(await said('de-DE'), /^Eingabe „parallelism“: gefunden wurde "0"; erlaubt ist /);
      assert.match(await said('fr-FR'), /^Input 'parallelism': found "0"; accepted is /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Steps of one release, run with the tasks of the package. */
class PackagedJob {
  readonly environment = localEnvironment();
  readonly namespace = `package-${randomBytes(4).toString('hex')}`;
  readonly folder = mkdtempSync(path.join(tmpdir(), 'langflow-run-'));
  readonly releaseManifest = path.join(this.folder, 'release/release.json');

  constructor(
    private readonly tasks: string,
    private readonly node: 20 | 24,
  ) {
    const sources = path.join(this.folder, 's');
    writeFiles(sources, {
      'components.yml': 'components: [{ name: web, context: . }]\n',
      Dockerfile:
        'FROM debian:bookworm-slim\nCOPY busybox /bin/busybox\nCOPY www /www\nENTRYPOINT ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]\n',
      'www/version': this.namespace,
      'smoke.yml': `checks: [{ name: web, http: { target: 'service/web:80', path: /version }, expect: { contains: ${this.namespace} } }]\n`,
    });
    cpSync('/bin/busybox', path.join(sources, 'busybox'));
    const service = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] };
    writeManifest(path.join(sources, 'web.yaml'), [
      webDeployment(
        {},
        { command: undefined, readinessProbe: { httpGet: { path: '/version', port: 8080 } } },
      ),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: service },
    ]);
  }

  /** Runs a step, which must succeed, its post-job phase too. */
  async run(task: string, inputs: Record<string, string>): Promise<void> {
    const { result, message, log, post } = await runStep({
      ...{ task, tasks: this.tasks, node: this.node },
      resources: this.environment.resources,
      variables: { 'Build.SourceVersion': COMMIT, 'Build.SourceBranch': 'refs/heads/main' },
      folder: path.join(this.folder, task),
      sources: path.join(this.folder, 's'),
      inputs: { releaseManifest: this.releaseManifest, ...inputs },
    });
    assert.equal(result, 'Succeeded', `${message}\n${log}`);
    assert.equal(post?.result ?? 'Succeeded', 'Succeeded', post?.log);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
  }
}
