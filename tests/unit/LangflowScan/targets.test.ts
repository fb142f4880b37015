import assert from 'node:assert/strict';
import { targetsOf } from '../../../tasks/LangflowScan/targets';
import { DIGEST } from './samples';

describe('targetsOf', () => {
  it('has one target for each platform of each component, by digest', () => {
    const component = { image: 'contoso.azurecr.io/langflow/x', digest: DIGEST, baseImages: [] };
    const targets = targetsOf({
      components: [
        { ...component, name: 'backend', platforms: ['linux/amd64'] },
        { ...component, name: 'frontend', platforms: ['linux/amd64', 'linux/arm64'] },
      ],
    });
    const reference = `contoso.azurecr.io/langflow/x@${DIGEST}`;
    assert.deepEqual(targets, [
      { name: 'backend', component: 'backend', reference, platform: 'linux/amd64' },
      { name: 'frontend (linux/amd64)', component: 'frontend', reference, platform: 'linux/amd64' },
      { name: 'frontend (linux/arm64)', component: 'frontend', reference, platform: 'linux/arm64' },
    ]);
  });
});
