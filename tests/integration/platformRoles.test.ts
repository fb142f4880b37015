import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import { kubeconfigOfDeployer } from '../e2e/support/deployer';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { ApiServer } from './support/apiServer';
import { kubectl } from './support/cluster';
import { everyKind, workload } from './support/everyKind';
import { deployStep, writeManifest, type DeployOutcome, type ReleasedImage } from './support/deployStep';
import { pushImage, registryOf } from './support/images';
import { PlatformNamespace, rendered } from './support/sampleManifests';
import { smokeStep } from './support/smokeStep';

/** Granted although nothing here asks for it. */
const AHEAD = {
  'create pods/portforward': 'from Kubernetes 1.35 on, a port-forward by WebSocket needs it besides get',
};

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface AuditEvent {
  verb: string;
  objectRef?: { apiGroup?: string; resource: string; subresource?: string; namespace?: string };
  responseStatus?: { code: number };
}

const nameOf = (verb: string, group: string, resource: string): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
const expand = (rules: readonly Rule[]): string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => nameOf(verb, group, resource))),
    ),
  );

describe('Roles of samples/langflow/platform', function () {
  this.timeout(600_000);
  const namespace = new PlatformNamespace();
  let environment: LocalEnvironment;
  let folder: string;

  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'platform-'));
    namespace.create({ bindings: true });
  });
  after(() => {
    namespace.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('that of the pipeline', () => {
    let server: ApiServer;
    let image: ReleasedImage;
    let place: { environment: LocalEnvironment; folder: string; sources: string; namespace: string };
    let audit: string;

    before(async () => {
      audit = path.join(folder, 'audit.log');
      const policy = path.join(folder, 'audit.yaml');
      const user = `system:serviceaccount:${namespace.name}:langflow-deployer`;
      writeFileSync(
        policy,
        JSON.stringify({
          apiVersion: 'audit.k8s.io/v1',
          kind: 'Policy',
          omitStages: ['RequestReceived'],
          rules: [{ level: 'Metadata', users: [user] }],
        }),
      );
      server = await ApiServer.start([`--audit-policy-file=${policy}`, `--audit-log-path=${audit}`]);
      const entrypoint = ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'];
      const files = { 'bin/busybox': readFileSync('/bin/busybox'), 'www/health': 'right' };
      const repository = 'tests/platform';
      const digest = await pushImage(registryOf(environment), repository, files, 'linux/amd64', entrypoint);
      image = { repository, digest };
      const sources = path.join(folder, 'sources');
      mkdirSync(sources);
      place = {
        environment: asDeployer(kubeconfigOfDeployer(server.kubeconfig, namespace.name)),
        folder,
        sources,
        namespace: namespace.name,
      };
    });
    after(() => server.kill());

    function asDeployer(kubeconfig: string): LocalEnvironment {
      const resources = structuredClone(environment.resources);
      const parameters = resources.serviceConnections?.['langflow-aks']?.parameters;
      assert.ok(parameters);
      parameters.kubeconfig = kubeconfig;
      return { ...environment, resources };
    }

    const granted = (): string[] =>
      expand(
        (JSON.parse(namespaced('get', 'role/langflow-deployer', '-o', 'json')) as { rules: Rule[] }).rules,
      );
    const namespaced = (...args: string[]): string => kubectl(['-n', namespace.name, ...args]);

    function deploy(objects: readonly object[], inputs: Record<string, string> = {}): Promise<DeployOutcome> {
      writeManifest(path.join(place.sources, 'all.yaml'), objects);
      return deployStep(place, { web: image }, { timeout: '30s', ...inputs });
    }

    /** What LangflowDeploy asks of an identity that may do nothing: it lists the rules to add. */
    async function demanded(): Promise<string[]> {
      const role = JSON.parse(namespaced('get', 'role/langflow-deployer', '-o', 'json')) as object;
      namespaced('patch', 'role/langflow-deployer', '--type=merge', '--patch={"rules":[]}');
      const step = await deploy(everyKind('1', 'true'));
      namespace.apply([{ ...role, metadata: { name: 'langflow-deployer' } }], '--force-conflicts');
      assert.equal(step.result, 'Failed', step.message);
      const [, rules = ''] = step.message.split('# Role in the namespace\n');
      return expand(parse(rules) as Rule[]);
    }

    /** What the identity did, from the API server's own log, and what it was refused. */
    function done(): { allowed: string[]; refused: string[] } {
      const events = readFileSync(audit, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditEvent)
        .filter(({ objectRef }) => objectRef?.namespace === namespace.name);
      const names = (wanted: (code?: number) => boolean): string[] => [
        ...new Set(
          events
            .filter(({ responseStatus }) => wanted(responseStatus?.code))
            .map(({ verb, objectRef: { apiGroup = '', resource, subresource } = { resource: '' } }) =>
              nameOf(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`),
            ),
        ),
      ];
      return { allowed: names((code) => code !== 403), refused: names((code) => code === 403) };
    }

    it('is for the kinds of the samples’ objects', () => {
      const kinds = (objects: { kind: string }[]): string[] =>
        [...new Set(objects.map(({ kind }) => kind))].sort();
      const samples = ['small', 'managed'].flatMap((name) => rendered(`langflow/manifests/overlays/${name}`));
      assert.deepEqual(kinds(everyKind('1') as { kind: string }[]), kinds([...samples, { kind: 'Secret' }]));
    });

    it('grants what a release, its way back and its test need, each verb of it, and no more', async () => {
      const asked = await demanded();
      const succeeds = async (objects: readonly object[]): Promise<DeployOutcome> => {
        const step = await deploy(objects);
        assert.equal(step.result, 'Succeeded', step.message);
        return step;
      };
      const first = await succeeds(everyKind('1'));
      const served = `{ name: serves, http: { target: 'service/web:80', path: /health }, expect: { contains: right } }`;
      const checks = `checks:
  - ${served}
  - { name: a pod, http: { target: 'pod/more-0:8080', path: /health }, expect: { contains: right } }
  - { name: a job, job: { like: deployment/web, command: [/bin/busybox, echo, right] }, expect: { contains: right } }
`;
      const tested = await smokeStep(place, checks, first.file);
      assert.equal(tested.result, 'Succeeded', tested.message);
      // Takes everything away but the workload.
      const second = await succeeds(workload('2'));
      const failing = await deploy(workload('3', { image: 'web', command: ['/bin/busybox', 'false'] }));
      assert.equal(failing.outputs.outcome, 'restored', failing.message);
      const refusing = `checks: [${served.replace('contains: right', 'contains: wrong')}]`;
      const inputs = { onFailure: 'rollback' };
      const rolledBack = await smokeStep(place, refusing, second.file, { inputs });
      assert.equal(rolledBack.section?.rollback, 'restored', rolledBack.message);

      const { allowed, refused } = done();
      // Whether the namespace is there; who may not know takes it for granted.
      assert.deepEqual(refused, ['get namespaces']);
      const needed = new Set([...asked, ...allowed, ...Object.keys(AHEAD)]);
      assert.deepEqual(granted().sort(), [...needed].sort());
    });
  });

  describe('those of people', () => {
    const developer = '00000000-0000-0000-0000-000000000011';
    const onCall = '00000000-0000-0000-0000-000000000012';

    function allows(who: string[], verb: string, what: string, where = namespace.name): boolean {
      const [resource = '', subresource = ''] = what.split('/');
      const asked = [verb, resource, `--subresource=${subresource}`, '-n', where, ...who];
      // It ends with 1 for a no, too.
      const { stdout } = spawnSync('kubectl', ['auth', 'can-i', ...asked], { encoding: 'utf8' });
      assert.match(stdout, /^(yes|no)\b/, `${verb} ${what}`);
      return stdout.startsWith('yes');
    }
    const may = (group: string, verb: string, what: string, where?: string): boolean =>
      allows(['--as=somebody', `--as-group=${group}`, '--as-group=system:authenticated'], verb, what, where);

    for (const [name, group] of [
      ['developers', developer],
      ['those on call', onCall],
    ] as const)
      it(`let ${name} read, but no Secret, and change nothing that a release made`, () => {
        for (const resource of ['pods', 'pods/log', 'events', 'configmaps', 'deployments.apps', 'jobs.batch'])
          assert.ok(may(group, 'get', resource), resource);
        for (const verb of ['get', 'list', 'watch']) assert.ok(!may(group, verb, 'secrets'), verb);
        for (const verb of ['create', 'update', 'patch', 'delete'])
          for (const resource of [
            'deployments.apps',
            'configmaps',
            'services',
            'roles.rbac.authorization.k8s.io',
          ])
            assert.ok(!may(group, verb, resource), `${verb} ${resource}`);
        for (const resource of [
          'pods/exec',
          'pods/portforward',
          'pods/attach',
          'pods',
          'serviceaccounts/token',
        ])
          assert.ok(!may(group, 'create', resource), `create ${resource}`);
        assert.ok(!may(group, 'get', 'pods', 'default'), 'elsewhere');
      });

    it('let those on call restart pods and scale, developers not', () => {
      for (const [verb, resource] of [
        ['delete', 'pods'],
        ['patch', 'deployments.apps/scale'],
      ] as const) {
        assert.ok(may(onCall, verb, resource), `${verb} ${resource}`);
        assert.ok(!may(developer, verb, resource), `${verb} ${resource}`);
      }
    });

    it('let the pipeline do nothing elsewhere', () => {
      const who = `--as=system:serviceaccount:${namespace.name}:langflow-deployer`;
      for (const [verb, resource] of [
        ['get', 'secrets'],
        ['create', 'pods'],
        ['list', 'namespaces'],
      ] as const) {
        assert.ok(!allows([who], verb, resource, 'default'), `${verb} ${resource}`);
        assert.equal(allows([who], verb, resource), resource === 'secrets', `${verb} ${resource} at home`);
      }
    });
  });
});
