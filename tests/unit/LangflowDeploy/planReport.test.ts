import assert from 'node:assert/strict';
import type { Action, Change } from '../../../tasks/LangflowDeploy/plan';
import { changeCount, planSentence, planSummary } from '../../../tasks/LangflowDeploy/planReport';

const change = (action: Action, name: string, more: Partial<Change> = {}): Change => ({
  action,
  name,
  fields: [],
  judged: true,
  ...more,
});
const CHANGES = [
  change('create', 'Service/new'),
  change('unchanged', 'Service/same'),
  change('change', 'Deployment/web', { fields: ['spec.replicas', 'metadata.labels.a'] }),
  change('remove', 'Service/old'),
];
const view = { namespace: 'langflow', changes: CHANGES, warnings: [], planOnly: false };

describe('planSummary', () => {
  it('counts, and lists what goes before what changes before what comes', () => {
    assert.equal(changeCount(CHANGES), 3);
    assert.equal(planSentence(CHANGES), '1 to create, 1 to change, 1 to remove, 1 unchanged');
    const text = planSummary(view, new Map());
    const at = ['Service/old', 'Deployment/web', 'Service/new'].map((name) => text.indexOf(`| ${name} |`));
    assert.deepEqual(
      at,
      [...at].sort((a, b) => a - b),
    );
    assert.ok(
      at.every((index) => index > 0),
      text,
    );
    assert.equal(text.includes('Service/same'), false);
    assert.match(text, /spec\.replicas<br>metadata\.labels\.a/);
  });
  it('says of a plan that nothing was applied, and what the server could not judge', () => {
    const changes = [change('create', 'Service/new', { judged: false })];
    assert.match(
      planSummary({ ...view, changes, planOnly: true }, new Map()),
      /Nothing was applied[^]*could not judge 1 of/,
    );
    assert.equal(/Nothing was applied|could not judge/.test(planSummary(view, new Map())), false);
  });
  it('shows diffs that cannot end their block, as far as there is room', () => {
    const diffs = new Map(CHANGES.map((item) => [item, '+```\n+<b>']));
    assert.equal(planSummary(view, diffs).split('````diff\n+```\n+<b>\n````').length - 1, 3);
    const long = new Map(CHANGES.map((item) => [item, '+'.repeat(50_000)]));
    const text = planSummary(view, long);
    assert.match(text, /The diffs of 2 more objects are in the log/);
    assert.ok(text.length < 61_000);
  });
  it('bounds the list of fields', () => {
    const fields = Array.from({ length: 20 }, (_, index) => `data.k${index}`);
    assert.match(
      planSummary({ ...view, changes: [change('change', 'ConfigMap/c', { fields })] }, new Map()),
      /data\.k7<br>and 12 more/,
    );
  });
  it('lists warnings as text', () => {
    assert.match(
      planSummary({ ...view, warnings: ['Deployment/web <script>'] }, new Map()),
      /- Deployment\/web &lt;script&gt;/,
    );
  });
});
