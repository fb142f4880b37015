import assert from 'node:assert/strict';
import { inputs } from '../../../../tasks/common/agent/inputs';
import { setInputs } from '../../support/agent';

describe('inputs', () => {
  it('gives undefined for an empty optional input', () => {
    setInputs({ builder: '   ' });
    assert.equal(inputs.optional('builder'), undefined);
  });

  it('refuses an empty required input and says what it takes', () => {
    setInputs({ namespace: '' });
    assert.throws(
      () => inputs.required('namespace', 'the name of a namespace'),
      /Input 'namespace': it is empty; accepted is the name of a namespace/,
    );
  });

  it('refuses a variable that the pipeline does not define, which the agent leaves as it is', () => {
    setInputs({ tag: '$(imageTag)' });
    assert.throws(() => inputs.optional('tag'), /Define the pipeline variable 'imageTag'/);
  });

  it('reads booleans, whole numbers and choices in any case', () => {
    setInputs({ push: 'True', parallelism: '4', severity: 'high' });
    assert.equal(inputs.boolean('push'), true);
    assert.equal(inputs.integer('parallelism', { min: 1, max: 16 }), 4);
    assert.equal(inputs.pick('severity', ['CRITICAL', 'HIGH']), 'HIGH');
  });

  for (const [name, value, read, accepted] of [
    ['push', 'yes', () => inputs.boolean('push'), /found "yes"; accepted is 'true' or 'false'/],
    ['parallelism', '4.5', () => inputs.integer('parallelism', { min: 1, max: 16 }), /from 1 to 16/],
    ['parallelism', '0', () => inputs.integer('parallelism', { min: 1, max: 16 }), /from 1 to 16/],
    ['severity', 'BAD', () => inputs.pick('severity', ['CRITICAL', 'HIGH']), /one of CRITICAL, HIGH/],
    ['namespace', 'Lang_flow', () => inputs.dnsLabel('namespace', 'a name'), /a name: lower case letters/],
    ['timeout', 'soon', () => inputs.duration('timeout'), /1h30m/],
  ] as const) {
    it(`refuses ${name}: ${value}`, () => {
      setInputs({ [name]: value });
      assert.throws(read, accepted);
    });
  }

  it('reads lines without comments and empty ones', () => {
    setInputs({ manifests: 'a/*.yaml\n\n  # not this\r\n b.yaml ' });
    assert.deepEqual(inputs.lines('manifests'), ['a/*.yaml', 'b.yaml']);
  });

  it('starts relative paths at the working directory of the job', () => {
    process.env.SYSTEM_DEFAULTWORKINGDIRECTORY = '/agent/1/s';
    try {
      setInputs({ releaseManifest: 'out/release.json' });
      assert.equal(inputs.path('releaseManifest', 'a path'), '/agent/1/s/out/release.json');
    } finally {
      delete process.env.SYSTEM_DEFAULTWORKINGDIRECTORY;
    }
  });
});
