import type {
  CodeIssue,
  Finding,
  Misconfiguration,
  Secret,
  Severity,
  Vulnerability,
} from '../../../tasks/LangflowScan/findings';
import type { Judged, Outcome, Status, Verdict } from '../../../tasks/LangflowScan/policy';
import type { Scan } from '../../../tasks/LangflowScan/scanReport';
import type { ImageTarget } from '../../../tasks/LangflowScan/targets';

export const DIGEST = `sha256:${'a'.repeat(64)}`;

export function target(name: string, changes: Partial<ImageTarget> = {}): ImageTarget {
  return {
    kind: 'image',
    baseImages: [],
    name,
    component: name,
    reference: `contoso.azurecr.io/langflow/${name}@${DIGEST}`,
    platform: 'linux/amd64',
    ...changes,
  };
}

export function vulnerability(severity: Severity, changes: Partial<Vulnerability> = {}): Vulnerability {
  return {
    kind: 'vulnerability',
    id: 'CVE-2021-33503',
    severity,
    title: 'ReDoS in the parsing of URLs',
    target: 'backend',
    path: 'usr/lib/python3/dist-packages/urllib3-1.24.1.dist-info/METADATA',
    package: 'urllib3',
    installedVersion: '1.24.1',
    fixedVersion: '1.26.5',
    url: 'https://avd.aquasec.com/nvd/cve-2021-33503',
    ...changes,
  };
}

export function secret(severity: Severity, changes: Partial<Secret> = {}): Secret {
  return {
    kind: 'secret',
    id: 'aws-access-key-id',
    severity,
    title: 'AWS Access Key ID',
    target: 'backend',
    path: '/app/.env',
    line: 3,
    ...changes,
  };
}

export function misconfiguration(
  severity: Severity,
  changes: Partial<Misconfiguration> = {},
): Misconfiguration {
  return {
    kind: 'misconfiguration',
    id: 'DS-0002',
    severity,
    title: "Image user should not be 'root'",
    target: 'source',
    path: 'backend/Dockerfile',
    line: 7,
    message: 'Specify a USER',
    resolution: 'Add USER',
    ...changes,
  };
}

export function code(severity: Severity, changes: Partial<CodeIssue> = {}): CodeIssue {
  return {
    kind: 'code',
    id: 'S602',
    severity,
    title: 'shell=True',
    target: 'source',
    path: 'backend/run.py',
    line: 12,
    tool: 'ruff',
    message: 'a shell runs what the caller says',
    ...changes,
  };
}

export function scanned(of: ImageTarget, ...findings: Finding[]): Outcome {
  return { target: of, report: { findings, excepted: [] } };
}

export function judged(status: Status, finding: Finding, changes: Partial<Judged> = {}): Judged {
  return { finding, status, isNew: true, ...changes };
}

export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return { passed: false, judged: [], fixed: [], doubts: [], expired: [], unused: [], ...changes };
}

/** The parts of a report of `trivy image --format json` 0.74.0, as it wrote them about a small image of Debian 12. */
export function trivyReport(about: ImageTarget): {
  [key: string]: unknown;
  Metadata: Record<string, unknown>;
  Results: Record<string, unknown>[];
} {
  return {
    SchemaVersion: 2,
    Trivy: { Version: '0.74.0' },
    ArtifactName: about.reference,
    ArtifactType: 'container_image',
    Metadata: {
      OS: { Family: 'debian', Name: '12.9' },
      ImageConfig: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    },
    Results: [
      {
        Target: `${about.reference} (debian 12.9)`,
        Class: 'os-pkgs',
        Type: 'debian',
        Packages: [{ Name: 'busybox', Version: '1.35.0-4+b3' }],
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-2023-39810',
            PkgName: 'busybox',
            InstalledVersion: '1:1.35.0-4+b3',
            Status: 'affected',
            Severity: 'LOW',
          },
        ],
      },
      {
        Target: 'Python',
        Class: 'lang-pkgs',
        Type: 'python-pkg',
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-2021-33503',
            PkgName: 'urllib3',
            PkgPath: 'usr/lib/python3/dist-packages/urllib3-1.24.1.dist-info/METADATA',
            InstalledVersion: '1.24.1',
            FixedVersion: '1.26.5',
            Status: 'fixed',
            PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2021-33503',
            Title: 'ReDoS in the parsing of URLs',
            Severity: 'HIGH',
          },
        ],
      },
      {
        Target: '/app/.env',
        Class: 'secret',
        Secrets: [
          {
            RuleID: 'aws-access-key-id',
            Category: 'AWS',
            Severity: 'CRITICAL',
            Title: 'AWS Access Key ID',
            StartLine: 3,
            EndLine: 3,
            Match: 'AWS_ACCESS_KEY_ID=********************',
          },
        ],
      },
    ],
  };
}

/** A scan of `backend` with that verdict. */
export function scanOf(of: Verdict, changes: Partial<Scan> = {}): Scan {
  const thresholds = {
    vulnerability: 'HIGH',
    misconfiguration: 'HIGH',
    secret: 'HIGH',
    licence: 'none',
    code: 'HIGH',
  } as const;
  return {
    time: 0,
    outcomes: [scanned(target('backend'), ...of.judged.map(({ finding }) => finding))],
    analysers: undefined,
    analyserRuns: [],
    verdict: of,
    policy: { thresholds, ignoreUnfixed: false, exceptions: [] },
    baseline: undefined,
    scannerVersion: '0.74.0',
    database: { folder: '', version: 2, updatedAt: 0, source: 'contoso.azurecr.io/trivy-db:2' },
    ...changes,
  };
}
