import assert from 'node:assert/strict';
import { developmentId, manifestOf, taskOf } from '../../../scripts/channel';

const task = {
  id: '8c4e1d92-0b7f-4f3a-8a6d-52d1c9e7b3f4',
  name: 'LangflowScan',
  friendlyName: 'Langflow: scan',
  version: { Major: 1, Minor: 0, Patch: 0 },
};

describe('channels', () => {
  it('take minor and patch of a task from package.json', () => {
    assert.deepEqual(taskOf(task, 'production', '1.4.2'), {
      ...task,
      version: { Major: 1, Minor: 4, Patch: 2 },
    });
  });

  it('leave a former major the version that it has', () => {
    assert.deepEqual(taskOf(task, 'production', '2.0.0'), task);
  });

  it('give a development task another GUID, always the same, and another name', () => {
    const { id, name, friendlyName } = taskOf(task, 'development', '1.4.2');
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(id, developmentId(task.id));
    assert.notEqual(id, task.id);
    assert.deepEqual([name, friendlyName], ['LangflowScanDev', 'Langflow: scan (dev)']);
  });

  it('keep the development extension out of the Marketplace', () => {
    const { id, version, ...rest } = manifestOf({ id: 'a', name: 'A', public: true }, 'development', '1.4.2');
    assert.deepEqual([id, version, rest.public], ['a-dev', '1.4.2', false]);
  });

  it('show the tab of the development extension on runs of its own tasks', () => {
    const contributions = [{ properties: { supportsTasks: [task.id] } }];
    assert.deepEqual(
      manifestOf({ id: 'a', name: 'A', contributions }, 'development', '1.4.2').contributions,
      [{ properties: { supportsTasks: [developmentId(task.id)] } }],
    );
  });
});
