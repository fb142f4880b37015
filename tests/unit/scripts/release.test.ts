import assert from 'node:assert/strict';
import * as path from 'node:path';
import { readPipeline } from '../../agent/pipeline/parse';

const root = path.resolve(import.meta.dirname, '../../..');

describe('the pipeline that publishes the extension', () => {
  const { stages } = readPipeline(path.join(root, '.azure/release.yml'), root);
  const steps = stages.flatMap(({ jobs }) =>
    jobs.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps)),
  );

  it('keeps what is not in the package, and publishes what was packaged', () => {
    const artifacts = steps.flatMap(({ action }) => (action.type === 'publish' ? [action] : []));
    assert.deepEqual(
      artifacts.map(({ artifact, path: published }) => [artifact, published]),
      [
        ['extension', 'dist/langflow-delivery.vsix'],
        ['source-maps', 'dist/source-maps'],
        ['sbom', 'dist/package/production/sbom.cdx.json'],
        ['schema', 'dist/azure-pipelines.schema.json'],
      ],
    );
    const taken = steps.flatMap(({ action }) => (action.type === 'download' ? [action.artifact] : []));
    assert.deepEqual(taken, ['extension']);
  });

  it('gives the token to the step that publishes, and to no other', () => {
    const knowing = steps.filter((step) => JSON.stringify(step).includes('marketplaceToken'));
    assert.deepEqual(
      knowing.map(({ displayName, env }) => [displayName, env.TOKEN]),
      [['Publish', '$(marketplaceToken)']],
    );
  });
});
