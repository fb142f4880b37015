// Generated from tasks/common/release/release.schema.json by `npm run generate`; change the schema instead.

/**
 * RFC 3339, UTC.
 */
export type Time = string;
export type Digest = string;
/**
 * The digests that this section speaks of; they must be those of the components.
 */
export type Digests = Digest[];

/**
 * One release of Langflow: every image by digest, and what each later task found out about it.
 */
export interface ReleaseManifest {
  schemaVersion: 1;
  /**
   * Name of the release, for people.
   */
  name: string;
  source: {
    /**
     * URL of the repository, without credentials.
     */
    repository?: string;
    branch?: string;
    commit: string;
  };
  build?: {
    /**
     * Build.BuildId of the run that made the images.
     */
    id: string;
    url?: string;
    time: Time;
  };
  /**
   * @minItems 1
   */
  components: Component[];
  scan?: Scan;
  deployment?: Deployment;
  smokeTest?: SmokeTest;
}
export interface Component {
  name: string;
  /**
   * Repository with registry host, without tag or digest.
   */
  image: string;
  /**
   * What is deployed: the image, or the index of one for several platforms.
   */
  digest: Digest;
  /**
   * The index around the image that also has its attestations (provenance, SBOM).
   */
  index?: Digest;
  /**
   * Bytes that the registry keeps: packed layers and configuration of all platforms.
   */
  size?: number;
  /**
   * For people; no task resolves one.
   */
  tags?: string[];
  /**
   * @minItems 1
   */
  platforms: string[];
  baseImages: {
    image: string;
    digest: Digest;
  }[];
  /**
   * BuildKit's reference of the build, as `docker buildx history` shows it.
   */
  buildRef?: string;
}
export interface Scan {
  time: Time;
  scanner: {
    name: string;
    version: string;
    databaseUpdatedAt: Time;
    /**
     * Version of the database's format.
     */
    databaseVersion?: number;
  };
  digests: Digests;
  /**
   * The lowest severity of a vulnerability that fails the gate.
   */
  severity: string;
  /**
   * Findings by severity over all targets, each finding counted once a target.
   */
  counts: {
    [k: string]: number;
  };
  findings?: {
    /**
     * They failed the gate.
     */
    blocking: number;
    /**
     * They would have, but the baseline has them too.
     */
    known: number;
    /**
     * Below the gate.
     */
    tolerated: number;
    /**
     * By policy, ignore file, VEX or analyser.
     */
    excepted: number;
    /**
     * Whatever the baseline lacks.
     */
    new: number;
    /**
     * Only the baseline has them.
     */
    fixed: number;
  };
  reports?: {
    /**
     * Path below the report directory.
     */
    file: string;
    digest: Digest;
  }[];
  verdict: "passed" | "failed";
}
export interface Deployment {
  time: Time;
  cluster?: string;
  namespace: string;
  digests: Digests;
  /**
   * Number of the release record in the cluster.
   */
  revision: number;
  outcome: "deployed" | "canary" | "restored" | "notRestored";
}
export interface SmokeTest {
  time: Time;
  digests: Digests;
  checks: number;
  failed: number;
  /**
   * Soft checks that failed.
   */
  warnings?: number;
  verdict: "passed" | "failed";
  /**
   * What became of the rollback; not there when none was made.
   */
  rollback?: "restored" | "notRestored";
}
