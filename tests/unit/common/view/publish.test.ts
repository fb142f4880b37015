import assert from 'node:assert/strict';
import {
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
import { ViewDraft } from '../../../../tasks/common/view/draft';
import { documentOf, publishView, type Ending } from '../../../../tasks/common/view/publish';
import { mistakeIn, type Deployment, type ReleaseView } from '../../../../tasks/common/view/view';
import { setVariables } from './variables';
import { printedBy } from '../../support/agent';

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/view');
const ENDING: Ending = { result: 'failed', message: 'It broke.', started: 1_000, finished: 2_500 };
const PLACE = '<script type="application/json" id="langflow-release-data"></script>';
const HOSTILE = '</script><script>alert(1)</script><!-- $& ##vso[task.complete result=Succeeded]\u202e';

describe('release view', () => {
  for (const name of readdirSync(FIXTURES))
    it(`has a schema that takes the sample ${name}`, () => {
      assert.equal(mistakeIn(JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8'))), undefined);
    });

  it('has a schema that refuses another version, and what is not in it', () => {
    const good = documentOf(new ViewDraft('LangflowScan', 'scan'), ENDING);
    assert.equal(mistakeIn(good), undefined);
    assert.match(mistakeIn({ ...good, schemaVersion: 2 }) ?? '', /^#\/schemaVersion: .*match 1/);
    assert.match(mistakeIn({ ...good, more: 1 }) ?? '', /^#\/more: /);
  });
});

describe('documentOf', () => {
  const draftWith = (diagnosis: string, namespace = 'langflow'): ViewDraft => {
    const draft = new ViewDraft('LangflowDeploy', 'deploy');
    draft.sections = () => ({ deployment: { namespace, diagnosis } });
    return draft;
  };

  it('of a step that knows nothing has the error and the times', () => {
    const { task, action, result, message, started, finished, release, deployment } = documentOf(
      new ViewDraft('LangflowDeploy', 'plan'),
      ENDING,
    );
    assert.deepEqual([task, action, result, message], ['LangflowDeploy', 'plan', 'failed', 'It broke.']);
    assert.deepEqual([started, finished], ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.500Z']);
    assert.deepEqual([release, deployment], [undefined, undefined]);
  });

  it('takes secrets out before it cuts, in every form in which they come', () => {
    const { deployment } = documentOf(draftWith(`${'x'.repeat(19_990)}hunter2-hunter2 "quo\\"te`), ENDING, [
      'hunter2-hunter2',
      '"quo\\"te',
    ]);
    assert.equal(deployment?.diagnosis, `${'x'.repeat(19_990)}*** ***`);
    const { deployment: cut } = documentOf(draftWith(`${'x'.repeat(19_995)}hunter2-hunter2 and`), ENDING, [
      'hunter2-hunter2',
    ]);
    assert.equal(cut?.diagnosis, `${'x'.repeat(19_995)}*** …`);
  });

  it('shows colours, disguises and line breaks as what they are', () => {
    const { deployment } = documentOf(
      draftWith('\u001b[31mred\u001b[0m\r\n\u202eevil\u0000', 'a\n  b'),
      ENDING,
    );
    assert.equal(deployment?.diagnosis, 'red\n\\u202eevil\\u0000');
    assert.equal(deployment.namespace, 'a b');
  });

  it('bounds every list', () => {
    const draft = new ViewDraft('LangflowDeploy', 'deploy');
    const state = { atMs: 0, state: 'progressing' as const, detail: 'waiting' };
    const workload = {
      ...{ name: 'Deployment/web', wave: 'backend' as const, phase: 'rollout' as const, appliedMs: 0 },
      states: Array<typeof state>(300).fill(state),
    };
    draft.sections = () => ({
      deployment: { namespace: 'n', workloads: Array<typeof workload>(1_200).fill(workload) },
    });
    const { workloads = [] } = documentOf(draft, ENDING).deployment ?? {};
    assert.deepEqual([workloads.length, workloads[0]?.states.length], [1_000, 200]);
  });

  it('keeps what is good when a section breaks the schema or cannot be made, and warns', async () => {
    const broken = draftWith('why');
    broken.release = { name: 'r-1', components: [] };
    for (const sections of [
      () => ({ deployment: { namespace: 'n', revision: -1 } as Deployment }),
      (): never => {
        throw new Error('a defect');
      },
    ]) {
      broken.sections = sections;
      let document: ReleaseView | undefined;
      const printed = await printedBy(() => {
        document = documentOf(broken, ENDING);
      });
      assert.deepEqual([document?.release?.name, document?.deployment], ['r-1', undefined]);
      assert.match(
        printed,
        /type=warning;.*will not show all of this step: (#\/deployment\/revision|a defect)/,
      );
    }
  });
});

describe('publishView', () => {
  let folder: string;
  let restore: () => void;
  const program = process.argv[1];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'view-'));
    restore = setVariables({ AGENT_TEMPDIRECTORY: path.join(folder, '_temp'), BUILD_BUILDID: '7' });
    process.argv[1] = path.join(folder, 'task/index.js');
    mkdirSync(path.join(folder, 'task'));
    writeFileSync(path.join(folder, 'task/release-view.html'), `<html>${PLACE}</html>`);
  });
  afterEach(() => {
    restore();
    process.argv[1] = program ?? '';
    rmSync(folder, { recursive: true });
  });

  const draft = (
    task: ReleaseView['task'] = 'LangflowScan',
    action: ReleaseView['action'] = 'scan',
  ): ViewDraft => {
    const made = new ViewDraft(task, action);
    made.releaseManifest = path.join(folder, 'release/release.json');
    return made;
  };
  const page = (): { text: string; documents: ReleaseView[] } => {
    const text = readFileSync(path.join(folder, 'release/langflow-release.html'), 'utf8');
    const json = /id="langflow-release-data">([^<]*)<\/script><\/html>$/.exec(text)?.[1] ?? '{}';
    return { text, ...(JSON.parse(json) as { documents: ReleaseView[] }) };
  };

  it('attaches a document under a name that no other run of a step has', async () => {
    const printed = await printedBy(async () => {
      for (let run = 0; run < 2; run++) await publishView(draft(), ENDING);
    });
    const attached = [...printed.matchAll(/addattachment type=langflow-release-view;name=([^;]+);\](.*)/g)];
    assert.equal(new Set(attached.map(([, name]) => name)).size, 2, printed);
    for (const [, name = '', file = ''] of attached) {
      assert.match(name, /^LangflowScan-19700101T000001Z-[0-9a-f]{4}\.json$/);
      assert.equal(mistakeIn(JSON.parse(readFileSync(file, 'utf8'))), undefined);
    }
  });

  it('collects all steps in one page, whose script no text can end', async () => {
    const printed = await printedBy(async () => {
      await publishView(draft('LangflowDeploy', 'deploy'), { ...ENDING, started: 5_000, message: HOSTILE });
      await publishView(draft('LangflowScan', 'scan'), ENDING);
    });
    const { text, documents } = page();
    assert.deepEqual(
      documents.map(({ task }) => task),
      ['LangflowScan', 'LangflowDeploy'],
    );
    assert.equal(text.match(/<\/script>/g)?.length, 1);
    assert.equal(documents[1]?.message, HOSTILE.replace('##vso[', '##_vso[').replace('\u202e', '\\u202e'));
    assert.doesNotMatch(printed + text, /##vso\[task\.complete/);
  });

  it('replaces what the same step said in an earlier attempt', async () => {
    const undo = setVariables({ SYSTEM_TASKINSTANCEID: '6e1f3c1a-0000' });
    await printedBy(async () => {
      await publishView(draft(), ENDING);
      await publishView(draft(), { ...ENDING, started: 9_000, message: 'second' });
    });
    undo();
    assert.deepEqual(
      page().documents.map(({ message }) => message),
      ['second'],
    );
  });

  it('forgets other runs when a build begins a release, and takes over what joined parts know', async () => {
    await printedBy(async () => {
      await publishView(draft(), { ...ENDING, message: 'of an earlier run' });
      const undo = setVariables({ BUILD_BUILDID: '8' });
      const elsewhere = new ViewDraft('LangflowBuild', 'build');
      elsewhere.releaseManifest = path.join(folder, 'part/release.json');
      await publishView(elsewhere, { ...ENDING, message: 'part' });
      await publishView(draft('LangflowBuild', 'build'), { ...ENDING, started: 1_500, message: 'build' });
      const join = draft('LangflowBuild', 'join');
      join.joined = [path.join(folder, 'part')];
      await publishView(join, { ...ENDING, started: 2_000, message: 'join' });
      undo();
    });
    assert.deepEqual(
      page().documents.map(({ message }) => message),
      ['part', 'build', 'join'],
    );
  });

  it('shows what it can when a document beside the manifest is of another version or broken', async () => {
    const kept = path.join(folder, 'release/langflow-release-view');
    mkdirSync(kept, { recursive: true });
    writeFileSync(path.join(kept, 'a.json'), '{"schemaVersion":2}');
    writeFileSync(path.join(kept, 'b.json'), '{');
    await printedBy(() => publishView(draft(), ENDING));
    assert.equal(page().documents.length, 1);
  });

  it('only warns when it cannot write', async () => {
    writeFileSync(path.join(folder, 'release'), 'a file where the folder should be');
    const printed = await printedBy(() => publishView(draft(), ENDING));
    assert.match(printed, /type=warning;.*will not show all of this step: (EEXIST|ENOTDIR)/);
  });

  it('says nothing of a step that had nothing to do', async () => {
    const idle = draft();
    idle.wanted = false;
    assert.equal(await printedBy(() => publishView(idle, ENDING)), '');
    assert.equal(existsSync(path.join(folder, 'release')), false);
  });
});
