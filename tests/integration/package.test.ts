import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { runStep } from '../agent/step';

const root = path.resolve(import.meta.dirname, '../..');
const vsix = path.join(root, 'dist/langflow-delivery.vsix');
/** What each task says first when it is given hardly anything: it has loaded, and read its inputs. */
const REFUSALS: Record<string, { inputs?: Record<string, string>; says: RegExp }> = {
  LangflowBuild: { inputs: { action: 'join', releaseManifests: '*.json' }, says: /releaseName/ },
  LangflowScan: { says: /releaseManifest|release\.json/ },
  LangflowDeploy: { inputs: { manifests: '*.yaml' }, says: /kubernetesCluster/ },
  LangflowSmokeTest: { says: /kubernetesServiceConnection/ },
};

describe('the package', () => {
  let unpacked: string;

  before(() => {
    if (!existsSync(vsix))
      execFileSync('npm', ['run', '--silent', 'package'], { cwd: root, stdio: 'inherit' });
    unpacked = mkdtempSync(path.join(tmpdir(), 'langflow-vsix-'));
    execFileSync('python3', ['-m', 'zipfile', '-e', vsix, unpacked]);
  });

  after(() => {
    rmSync(unpacked, { recursive: true });
  });

  it('holds the four tasks, and neither source maps nor modules', () => {
    assert.deepEqual(readdirSync(path.join(unpacked, 'tasks')).sort(), Object.keys(REFUSALS).sort());
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
    const ids = Object.keys(REFUSALS).map((task) => {
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

  for (const node of [20, 24] as const) {
    for (const [task, { inputs = {}, says }] of Object.entries(REFUSALS)) {
      it(`runs ${task} from it alone on Node ${node}`, async () => {
        const folder = mkdtempSync(path.join(tmpdir(), 'langflow-run-'));
        try {
          const { result, message } = await runStep({
            task,
            inputs,
            folder,
            node,
            tasks: path.join(unpacked, 'tasks'),
          });
          assert.equal(result, 'Failed');
          assert.match(message, says);
          assert.doesNotMatch(message, /Unexpected error|Cannot find module/);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
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
