import assert from 'node:assert/strict';
import { readReport as read } from '../../../tasks/LangflowScan/trivyReport';
import type { Report } from '../../../tasks/LangflowScan/findings';
import type { Target } from '../../../tasks/LangflowScan/targets';
import { UserError } from '../../../tasks/common/errors';
import { secret, target, trivyReport, vulnerability } from './samples';

const backend = target('backend');

const readReport = (json: string, about: Target): Report => read(json, about, '0.74.0');

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
      excepted: [],
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
    [
      'another version of Trivy',
      (report) => ({ ...report, Trivy: { Version: '0.69.4' } }),
      /written by version 0\.69\.4, not by 0\.74\.0/,
    ],
    ['no version of Trivy', ({ Trivy: _, ...report }) => report, /'Trivy'/],
    [
      'a class of results that nobody knows',
      (report) => ({ ...report, Results: [{ ...report.Results[0], Class: 'new-pkgs' }] }),
      /Class must be equal to one of/,
    ],
    [
      'an excepted finding that is none',
      (report) => ({
        ...report,
        Results: [
          {
            ...report.Results[0],
            ExperimentalModifiedFindings: [{ Type: 'vulnerability', Status: 'ignored', Finding: {} }],
          },
        ],
      }),
      /ExperimentalModifiedFindings/,
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

  it('has what an ignore file or VEX takes out, with the reason', () => {
    const report = trivyReport(backend);
    const [system, ...others] = report.Results;
    const [finding] = (system?.Vulnerabilities ?? []) as object[];
    const modified = {
      Type: 'vulnerability',
      Status: 'not_affected',
      Statement: 'no code',
      Source: 'vex.json',
      Finding: finding,
    };
    report.Results = [
      { ...system, Vulnerabilities: undefined, ExperimentalModifiedFindings: [modified] },
      ...others,
    ];
    const { findings, excepted } = readReport(JSON.stringify(report), backend);
    assert.equal(findings.length, 2);
    assert.deepEqual(
      excepted.map(({ finding: one, reason }) => [one.id, reason]),
      [['CVE-2023-39810', 'vex.json: not affected: no code']],
    );
  });

  it('names the instruction that made the layer of a package', () => {
    const report = trivyReport(backend);
    const [system, ...others] = report.Results;
    const [finding] = (system?.Vulnerabilities ?? []) as object[];
    report.Results = [
      { ...system, Vulnerabilities: [{ ...finding, Layer: { DiffID: 'sha256:b' } }] },
      ...others,
    ];
    const history = [
      { created_by: 'ADD rootfs.tar /' },
      { created_by: 'ENV A=b', empty_layer: true },
      { created_by: 'RUN /bin/sh -c apt-get install   busybox # buildkit' },
    ];
    const config = (diffIds: string[]): object => ({
      os: 'linux',
      architecture: 'amd64',
      history,
      rootfs: { diff_ids: diffIds },
    });
    const layerOf = (diffIds: string[]): unknown => {
      report.Metadata.ImageConfig = config(diffIds);
      const [first] = readReport(JSON.stringify(report), backend).findings;
      return first?.kind === 'vulnerability' ? first.layer : assert.fail();
    };
    assert.equal(layerOf(['sha256:a', 'sha256:b']), 'RUN apt-get install busybox');
    assert.equal(layerOf(['sha256:b']), undefined, 'history and layers do not fit each other');
  });

  const source: Target = { kind: 'source', name: 'source', folder: '/s' };
  const sourceReport = (results: object[]): string =>
    JSON.stringify({
      SchemaVersion: 2,
      Trivy: { Version: '0.74.0' },
      ArtifactName: '/s',
      ArtifactType: 'filesystem',
      Results: results,
    });

  it('reads misconfigurations that fail, licences, and lines of lock files in a source folder', () => {
    const report = sourceReport([
      {
        Target: 'package-lock.json',
        Class: 'lang-pkgs',
        Packages: [{ Name: 'lodash', Identifier: { UID: 'u' }, Locations: [{ StartLine: 42 }] }],
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-1',
            PkgName: 'lodash',
            PkgIdentifier: { UID: 'u' },
            InstalledVersion: '1',
            Severity: 'HIGH',
          },
        ],
      },
      {
        Target: 'Dockerfile',
        Class: 'config',
        Misconfigurations: [
          { ID: 'DS-0001', Title: 't', Severity: 'LOW', Status: 'PASS' },
          {
            ID: 'DS-0002',
            Title: 'root',
            Message: 'm',
            Severity: 'HIGH',
            Status: 'FAIL',
            CauseMetadata: { StartLine: 3 },
            PrimaryURL: 'javascript:alert(1)',
          },
        ],
      },
      {
        Target: 'package-lock.json',
        Class: 'license',
        Licenses: [
          {
            Name: 'GPL-3.0',
            Severity: 'HIGH',
            Category: 'restricted',
            PkgName: 'x',
            FilePath: 'package-lock.json',
          },
        ],
      },
    ]);
    const { findings } = readReport(report, source);
    assert.deepEqual(
      findings.map(({ kind, id, path, line, url }) => [kind, id, path, line, url]),
      [
        ['vulnerability', 'CVE-1', 'package-lock.json', 42, undefined],
        ['misconfiguration', 'DS-0002', 'Dockerfile', 3, undefined],
        ['licence', 'GPL-3.0', 'package-lock.json', undefined, undefined],
      ],
    );
  });

  it('refuses a source folder and an SBOM of which Trivy understood nothing', () => {
    assert.throws(() => readReport(sourceReport([]), source), /neither a lock file nor a configuration file/);
    const sbom: Target = { kind: 'sbom', name: 'x', file: '/x.json' };
    const report = {
      SchemaVersion: 2,
      Trivy: { Version: '0.74.0' },
      ArtifactName: '/x.json',
      ArtifactType: 'cyclonedx',
    };
    assert.throws(() => readReport(JSON.stringify(report), sbom), /no package in the file/);
  });

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
