// Generated from tasks/common/view/view.schema.json by `npm run generate`; change the schema instead.

/**
 * RFC 3339, UTC.
 */
export type Time = string;
export type Line = string;
export type Digest = string;
export type Count = number;
export type Milliseconds = number;
export type Severity = "UNKNOWN" | "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
/**
 * With line breaks.
 */
export type Text = string;

/**
 * What one step of a run has to show: the document behind the results tab and the HTML file. Every text is plain text from anywhere, hostile text included; secrets are taken out, and lengths are bounded.
 */
export interface ReleaseView {
  schemaVersion: 1;
  task: "LangflowBuild" | "LangflowScan" | "LangflowDeploy" | "LangflowSmokeTest";
  /**
   * What the task was asked for. `plan`: a deployment that only shows what it would change. `finish`: the post-job phase, which ends what a killed deployment began.
   */
  action: "build" | "join" | "scan" | "deploy" | "plan" | "promote" | "reject" | "rollback" | "finish" | "smokeTest";
  /**
   * Of the step.
   */
  displayName: string;
  result: "succeeded" | "failed" | "canceled";
  /**
   * The step's result message: why it failed, or what was done.
   */
  message: string;
  started: Time;
  finished: Time;
  run: Run;
  release?: Release;
  build?: Build;
  scan?: Scan;
  deployment?: Deployment;
  smokeTest?: SmokeTest;
}
/**
 * The run, as far as the agent tells.
 */
export interface Run {
  /**
   * Build.BuildId
   */
  id?: string;
  /**
   * Build.BuildNumber
   */
  number?: string;
  /**
   * Of the run's page.
   */
  url?: string;
  stage?: Line;
  job?: Line;
  /**
   * Of the job, from 1.
   */
  attempt?: number;
  /**
   * System.TaskInstanceId: the id of the step's record in the run's timeline.
   */
  record?: string;
}
/**
 * Not there when the step ended before it knew.
 */
export interface Release {
  name: Line;
  commit?: Line;
  branch?: Line;
  repository?: Line;
  /**
   * As this step saw them; where two steps differ in a digest, the chain is broken.
   *
   * @maxItems 500
   */
  components: Component[];
  /**
   * The release before, as far as the step knows it.
   */
  former?: {
    name: Line;
    revision?: Count;
    /**
     * @maxItems 500
     */
    components?: Component[];
  };
}
export interface Component {
  name: Line;
  /**
   * Repository with registry host.
   */
  image?: string;
  digest: Digest;
}
/**
 * Only of LangflowBuild, as far as it came.
 */
export interface Build {
  /**
   * RFC 3339, UTC.
   */
  origin?: string;
  durationMs?: Milliseconds;
  pushed?: boolean;
  /**
   * @maxItems 500
   */
  vertices: {
    component: Line;
    /**
     * The instruction.
     */
    name: string;
    /**
     * From the origin.
     */
    startMs: number;
    endMs: Milliseconds;
    cached?: true;
    error?: Line;
    /**
     * Of the command that failed.
     */
    lastWords?: string;
  }[];
  /**
   * The shortest ones, beyond the bound.
   */
  omittedVertices: number;
  cache: CacheUse;
  /**
   * @maxItems 1000
   */
  images: {
    component: Line;
    digest?: Digest;
    /**
     * As the registry keeps it.
     */
    sizeBytes?: number;
    /**
     * Of what the branch had.
     */
    formerSizeBytes?: number;
    durationMs?: Milliseconds;
    cache?: CacheUse;
    /**
     * @maxItems 100
     */
    baseImages?: {
      image: Line;
      digest: Digest;
    }[];
  }[];
  /**
   * @maxItems 500
   */
  tests: {
    /**
     * Of the test stage.
     */
    name: string;
    component: Line;
    tests: Count;
    failed: Count;
    skipped: Count;
    /**
     * The first ones, and reports that cannot be read.
     *
     * @maxItems 20
     */
    failures: Line[];
  }[];
  /**
   * What BuildKit's checks say of the Dockerfiles.
   *
   * @maxItems 2000
   */
  checks: {
    component: Line;
    file: Line;
    line: Count;
    message: Line;
    url?: Line;
  }[];
}
export interface CacheUse {
  /**
   * That a cache could have saved.
   */
  instructions: number;
  cached: Count;
}
/**
 * Only of LangflowScan, when it came to a verdict.
 */
export interface Scan {
  verdict: "passed" | "failed";
  /**
   * In words: `HIGH or worse (vulnerability), with or without a fixed version`.
   */
  policy: string;
  scanner: {
    name: Line;
    version: Line;
  };
  database: {
    /**
     * RFC 3339; empty when unknown.
     */
    updatedAt: string;
    source: Line;
    version: Count;
  };
  /**
   * Without one, every finding counts as new.
   */
  hasBaseline: boolean;
  counts: {
    /**
     * Of what is neither excepted nor fixed.
     */
    severity: {
      UNKNOWN: Count;
      LOW: Count;
      MEDIUM: Count;
      HIGH: Count;
      CRITICAL: Count;
    };
    blocking: Count;
    known: Count;
    tolerated: Count;
    excepted: Count;
    new: Count;
    fixed: Count;
  };
  /**
   * Why the scan does not pass apart from the findings, and exceptions that have ended.
   *
   * @maxItems 200
   */
  doubts: Line[];
  /**
   * What was scanned, and at the end what only fixed findings name.
   *
   * @maxItems 500
   */
  targets: {
    name: Line;
    kind: "image" | "source" | "sbom" | "former";
    /**
     * Of the release.
     */
    component?: string;
    /**
     * Image by digest, folder or file.
     */
    artifact?: string;
    /**
     * Why it was not scanned.
     */
    failure?: string;
    /**
     * Its operating system, when the vendor no longer fixes it.
     */
    endOfLife?: string;
  }[];
  /**
   * What was found, each once: thousands of findings share a few hundred.
   *
   * @maxItems 20000
   */
  rules: {
    kind: "vulnerability" | "misconfiguration" | "secret" | "licence" | "code";
    /**
     * CVE-…, GHSA-…, DS-0002, a rule.
     */
    id: string;
    title?: Line;
    url?: Line;
  }[];
  /**
   * What fails the gate first, then by severity; what is fixed at the end.
   *
   * @maxItems 20000
   */
  findings: Finding[];
  /**
   * The mildest ones, beyond the bound; the reports have them.
   */
  omittedFindings: number;
  /**
   * The upgrades that remove most, gravest and most first.
   *
   * @maxItems 50
   */
  fixes: {
    package: Line;
    from: Line;
    to: Line;
    /**
     * The instruction that made the layer, or the file.
     */
    where: string;
    /**
     * @maxItems 500
     */
    targets: Line[];
    removes: Count;
    severity: Severity;
  }[];
  /**
   * Files of the run's artifacts.
   *
   * @maxItems 500
   */
  downloads: {
    kind: "sarif" | "sbom" | "json" | "html";
    artifact: Line;
    /**
     * Below the root of the artifact.
     */
    path: string;
  }[];
}
export interface Finding {
  /**
   * Index into `targets`.
   */
  target: number;
  /**
   * Index into `rules`.
   */
  rule: number;
  severity: Severity;
  /**
   * blocking: fails the gate. known: would, but the baseline has it too. tolerated: below the gate. excepted: somebody answers for it. fixed: only the baseline has it.
   */
  state: "blocking" | "known" | "tolerated" | "excepted" | "fixed";
  /**
   * The baseline lacks it.
   */
  isNew?: true;
  package?: Line;
  installed?: Line;
  /**
   * Fixed version; not there while there is none.
   */
  fixed?: string;
  file?: Line;
  line?: Count;
  /**
   * The instruction that made the layer.
   */
  layer?: string;
  /**
   * What is wrong here.
   */
  message?: string;
  /**
   * What to do about it.
   */
  advice?: string;
  /**
   * Why it is excepted.
   */
  reason?: string;
}
/**
 * Only of LangflowDeploy, as far as it came.
 */
export interface Deployment {
  namespace: Line;
  /**
   * Address of the API server.
   */
  cluster?: string;
  /**
   * Of the release record in the cluster.
   */
  revision?: number;
  /**
   * restored: what was there before is there again (a release that failed, or a rollback that was asked for). Not there when nothing was applied.
   */
  outcome?: "deployed" | "canary" | "restored" | "notRestored";
  /**
   * The release was deployed already.
   */
  unchanged?: true;
  /**
   * Percent.
   */
  canaryShare?: number;
  plan?: {
    create: Count;
    change: Count;
    remove: Count;
    unchanged: Count;
    /**
     * Without the unchanged objects.
     *
     * @maxItems 1000
     */
    changes: {
      action: "create" | "change" | "remove";
      /**
       * Deployment/backend
       */
      name: string;
      /**
       * Paths that change.
       *
       * @maxItems 100
       */
      fields: Line[];
      /**
       * Unified diff of the YAML, values of Secrets as marks; not there beyond the bound of all diffs.
       */
      diff?: string;
    }[];
    /**
     * What may cost requests.
     *
     * @maxItems 100
     */
    warnings: Line[];
  };
  /**
   * RFC 3339, UTC.
   */
  origin?: string;
  /**
   * The way of each object that was waited for, in the order in which they were applied; one that was put back is there twice.
   *
   * @maxItems 1000
   */
  workloads?: {
    /**
     * Deployment/backend
     */
    name: string;
    wave?: "policy" | "configuration" | "data" | "migration" | "backend" | "workers" | "frontend";
    /**
     * On the way forth, or back after it failed.
     */
    phase: "rollout" | "restore";
    /**
     * From the origin.
     */
    appliedMs: number;
    /**
     * Not there for one that never became healthy.
     */
    healthyMs?: number;
    /**
     * @maxItems 200
     */
    states: {
      atMs: Milliseconds;
      state: "progressing" | "healthy" | "failed";
      /**
       * 1 of 2 pods updated
       */
      detail: string;
    }[];
  }[];
  /**
   * Why it did not become healthy: pods, last words of containers, warnings, advice.
   */
  diagnosis?: string;
  rollback?: Rollback;
  /**
   * Of every container of the release.
   *
   * @maxItems 1000
   */
  images?: {
    workload: Line;
    container: Line;
    image: Line;
    digest?: Digest;
  }[];
}
export interface Rollback {
  outcome: "restored" | "notRestored";
  message: Text;
}
/**
 * Only of LangflowSmokeTest, when its checks were made.
 */
export interface SmokeTest {
  verdict: "passed" | "failed";
  namespace: Line;
  counts: {
    passed: Count;
    failed: Count;
    warning: Count;
    skipped: Count;
  };
  /**
   * @maxItems 2000
   */
  checks: Check[];
  rollback?: Rollback;
}
export interface Check {
  name: Line;
  /**
   * Empty for checks outside a group.
   */
  group: string;
  /**
   * POST service/frontend:80/api/v1/login
   */
  what: string;
  /**
   * warning: it failed, but is soft.
   */
  result: "passed" | "failed" | "warning" | "skipped";
  attempts: Count;
  durationMs: Milliseconds;
  /**
   * Expected and actual, a sentence each.
   *
   * @maxItems 50
   */
  reasons: Line[];
  /**
   * Where the check stands; a built-in one has none.
   */
  file?: string;
  line?: Count;
  /**
   * With line breaks.
   */
  request?: string;
  /**
   * With line breaks.
   */
  expected?: string;
  /**
   * Of the answer that tells most.
   */
  status?: number;
  /**
   * Of the last attempt's answers.
   */
  latency?: {
    requests: Count;
    p50Ms: Milliseconds;
    p95Ms: Milliseconds;
    maxMs: Milliseconds;
  };
  /**
   * With line breaks.
   */
  output?: string;
  /**
   * With line breaks.
   */
  evidence?: string;
}
