import assert from 'node:assert/strict';
import { readInputs } from '../../../tasks/LangflowScan/inputs';
import { setConnection, setInputs } from '../support/agent';

const inputs = {
  releaseManifest: '/a/release.json',
  containerRegistry: '',
  severity: 'HIGH',
  ignoreUnfixed: 'false',
  databaseRepository: '',
  ignoreFile: '',
  parallelism: '4',
  reportDirectory: '/a/reports',
};

describe('readInputs', () => {
  beforeEach(() => {
    setInputs(inputs);
  });

  it('reads the defaults', () => {
    assert.deepEqual(readInputs(), {
      releaseManifest: '/a/release.json',
      registry: undefined,
      policy: { severity: 'HIGH', ignoreUnfixed: false },
      databaseRepository: undefined,
      ignoreFile: undefined,
      parallelism: 4,
      reportDirectory: '/a/reports',
    });
  });

  it('reads the registry of the service connection', () => {
    setConnection('scan-acr', {
      scheme: 'UsernamePassword',
      parameters: { registry: 'http://localhost:5000', username: 'ci', password: 's3cret' },
    });
    setInputs({ containerRegistry: 'scan-acr' });
    assert.equal(readInputs().registry?.host, 'localhost:5000');
  });

  const cases: [Record<string, string>, RegExp][] = [
    [{ severity: 'WORST' }, /'severity': found "WORST"; accepted is one of CRITICAL, HIGH, MEDIUM, LOW/],
    [{ severity: 'UNKNOWN' }, /'severity'/],
    [{ ignoreUnfixed: 'yes' }, /'ignoreUnfixed'/],
    [{ ignoreFile: 'none.yaml' }, /'ignoreFile': found "none\.yaml".*There is no such file/],
    [{ parallelism: '0' }, /'parallelism': found "0"; accepted is a whole number from 1 to 32/],
    [{ databaseRepository: '$(database)' }, /pipeline variable 'database'/],
    [{ releaseManifest: '' }, /'releaseManifest': it is empty/],
  ];
  for (const [change, expected] of cases) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      setInputs(change);
      assert.throws(readInputs, expected);
    });
  }
});
