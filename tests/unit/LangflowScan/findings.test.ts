import assert from 'node:assert/strict';
import { readReport } from '../../../tasks/LangflowScan/findings';
import { UserError } from '../../../tasks/common/errors';
import { secret, target, trivyReport, vulnerability } from './samples';

const backend = target('backend');

describe('readReport', () => {
  it('brings vulnerabilities of the system, of languages and secrets into the normal form', () => {
    assert.deepEqual(readReport(JSON.stringify(trivyReport(backend)), backend), {
      findings: [
        {
          kind: 'vulnerability',
          id: 'CVE-2023-39810',
          severity: 'LOW',
          title: '',
          target: 'backend',
          path: '',
          package: 'busybox',
          installedVersion: '1:1.35.0-4+b3',
          fixedVersion: '',
        },
        vulnerability('HIGH'),
        secret('CRITICAL'),
      ],
    });
  });

  it('names an operating system that its vendor no longer fixes', () => {
    const report = trivyReport(backend);
    report.Metadata.OS = { Family: 'debian', Name: '9.13', EOSL: true };
    assert.equal(readReport(JSON.stringify(report), backend).endOfLife, 'debian 9.13');
  });

  it('accepts an index of platforms: the report is about the one that was asked for', () => {
    const arm = target('backend', { platform: 'linux/arm/v7' });
    const report = trivyReport(arm);
    report.Metadata.ImageConfig = { os: 'linux', architecture: 'arm' };
    assert.equal(readReport(JSON.stringify(report), arm).findings.length, 3);
  });

  const cases: [string, (report: ReturnType<typeof trivyReport>) => unknown, RegExp][] = [
    ['another schema version', (report) => ({ ...report, SchemaVersion: 3 }), /SchemaVersion must be equal/],
    [
      'no schema version',
      ({ SchemaVersion: _, ...report }) => report,
      /must have required property 'SchemaVersion'/,
    ],
    ['something else than an image', (report) => ({ ...report, ArtifactType: 'filesystem' }), /ArtifactType/],
    [
      'another image',
      (report) => ({ ...report, ArtifactName: 'localhost/other' }),
      /about "localhost\/other"/,
    ],
    [
      'another platform than was asked for',
      (report) => ({ ...report, Metadata: { ImageConfig: { os: 'linux', architecture: 'arm64' } } }),
      /image for linux\/arm64, not for linux\/amd64/,
    ],
    ['an image without a configuration', (report) => ({ ...report, Metadata: {} }), /ImageConfig/],
    ['no results', ({ Results: _, ...report }) => report, /neither an operating system nor a package/],
    [
      'nothing but secrets, as if the packages had not been looked at',
      (report) => ({ ...report, Results: report.Results.slice(2) }),
      /neither an operating system nor a package/,
    ],
    [
      'a severity that does not exist',
      (report) => withVulnerability(report, { Severity: 'Critical' }),
      /\/Severity must be equal to one of/,
    ],
    [
      'a vulnerability without severity',
      (report) => withVulnerability(report, { Severity: undefined }),
      /Severity/,
    ],
    [
      'a vulnerability without package',
      (report) => withVulnerability(report, { PkgName: undefined }),
      /PkgName/,
    ],
    ['null', () => null, /must be object/],
    ['an empty list', () => [], /must be object/],
  ];
  for (const [what, change, expected] of cases) {
    it(`refuses a report with ${what}`, () => {
      const json = JSON.stringify(change(trivyReport(backend)));
      assert.throws(
        () => readReport(json, backend),
        (error) => error instanceof UserError && expected.test(error.message),
      );
    });
  }

  it('refuses a report that was cut off anywhere', () => {
    const json = JSON.stringify(trivyReport(backend));
    for (const length of [0, 1, Math.floor(json.length / 2), json.length - 1]) {
      assert.throws(() => readReport(json.slice(0, length), backend), /not whole JSON/);
    }
  });
});

function withVulnerability(report: ReturnType<typeof trivyReport>, change: object): unknown {
  const [system, ...others] = report.Results;
  const [first] = system?.Vulnerabilities as object[];
  return { ...report, Results: [{ ...system, Vulnerabilities: [{ ...first, ...change }] }, ...others] };
}
