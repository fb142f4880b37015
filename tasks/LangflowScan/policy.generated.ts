// Generated from tasks/LangflowScan/policy.schema.json by `npm run generate`; change the schema instead.

/**
 * `none`: findings of this kind are reported and fail nothing.
 */
export type Threshold = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "none";

/**
 * What fails a scan, and what does not although it was found.
 */
export interface PolicyFile {
  /**
   * The lowest severity of each kind that fails the step. What is not stated here comes from the input severity; licences fail nothing then.
   */
  thresholds?: {
    vulnerability?: Threshold;
    misconfiguration?: Threshold;
    secret?: Threshold;
    licence?: Threshold;
    code?: Threshold;
  };
  /**
   * Do not fail on vulnerabilities that have no fixed version yet. Default: the input ignoreUnfixed.
   */
  ignoreUnfixed?: boolean;
  /**
   * Findings that do not count until a day.
   */
  exceptions?: Exception[];
  /**
   * Paths of OpenVEX, CSAF or CycloneDX VEX files, relative to this file.
   */
  vex?: string[];
}
export interface Exception {
  /**
   * Id as the reports have it: CVE-2024-1234, DS-0002, gcp-service-account, GPL-3.0-only, S101.
   */
  id: string;
  kind?: "vulnerability" | "misconfiguration" | "secret" | "licence" | "code";
  /**
   * Only in this package.
   */
  package?: string;
  /**
   * Only in this target: the name of a component (all its platforms), source, or as the reports name it.
   */
  target?: string;
  /**
   * Only in files whose path matches this glob, such as backend/** or ** /*.jar.
   */
  path?: string;
  /**
   * Why it does no harm, in at least 10 letters.
   */
  reason: string;
  /**
   * Who answers for it.
   */
  owner: string;
  /**
   * the last day on which it holds (UTC), such as 2027-01-31
   */
  expires: string;
}
