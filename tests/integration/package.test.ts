import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { runStep } from '../agent/step';

const root = path.resolve(import.meta.dirname, '../..');
const vsix = path.join(root, 'dist/langflow-delivery.vsix');
/** What each task says first when it is given nothing: it has loaded, and read its inputs. */
const REFUSALS: Record<string, RegExp> = {
  LangflowBuild: /releaseName/,
  LangflowScan: /releaseManifest|release\.json/,
  LangflowDeploy: /kubernetesCluster/,
  LangflowSmokeTest: /kubernetesServiceConnection/,
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
    for (const [task, refusal] of Object.entries(REFUSALS)) {
      it(`runs ${task} from it alone on Node ${node}`, async () => {
        const folder = mkdtempSync(path.join(tmpdir(), 'langflow-run-'));
        try {
          const inputs: Record<string, string> = task === 'LangflowDeploy' ? { manifests: '*.yaml' } : {};
          const { result, message } = await runStep({
            task,
            inputs,
            folder,
            node,
            tasks: path.join(unpacked, 'tasks'),
          });
          assert.equal(result, 'Failed');
          assert.match(message, refusal);
          assert.doesNotMatch(message, /Unexpected error|Cannot find module/);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
  }
});
