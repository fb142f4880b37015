// Generated from tasks/LangflowSmokeTest/checks.schema.json by `npm run generate`; change the schema instead.

/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Check".
 */
export type Check = HttpCheck | WebSocketCheck | EventsCheck | PrometheusCheck | PodsCheck | JobCheck | CommandCheck;
/**
 * For people; each its own.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Name".
 */
export type Name = string;
/**
 * What is sent as JSON, or what the JSON of the answer must contain: its objects may have more keys, its arrays more elements, in any order.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Json".
 */
export type Json = {} | unknown[] | string | number | boolean | null;
/**
 * the text itself, or equals, contains, matches or exists
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "TextMatcher".
 */
export type TextMatcher = string | TextConditions;
/**
 * A text, or texts, that must be there.
 *
 * @minItems 1
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Contains".
 */
export type Contains = string | string[];
/**
 * a regular expression of JavaScript, which finds ^ and $ at every line
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Pattern".
 */
export type Pattern = string;
/**
 * the value itself, or equals, contains, matches, exists, count, above or below
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "ValueMatcher".
 */
export type ValueMatcher = null | boolean | number | string | unknown[] | ValueConditions;
/**
 * a time such as 500ms or 2s
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Milliseconds".
 */
export type Milliseconds = string;
/**
 * a JSONPath such as $.items[0].id, a JSON pointer such as /items/0/id, or a dotted path such as items[0].id
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JsonPath".
 */
export type JsonPath = string;
/**
 * a duration such as 30s or 2m
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Duration".
 */
export type Duration = string;
/**
 * name of a component of the release, whose events and logs are shown when the check fails; default: what stands behind the target
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "ComponentName".
 */
export type ComponentName = string;

/**
 * The checks that a running release must pass. ${NAME} in a text stands for a variable of the step, for a value that an earlier check captured, or for RUN_ID, NAMESPACE and RELEASE; $${NAME} is the text ${NAME} itself.
 */
export interface ChecksFile {
  /**
   * Address of this schema, for editors.
   */
  $schema?: string;
  /**
   * Made one after the other, before the groups; groups may use what they capture.
   *
   * @minItems 1
   */
  checks?: Check[];
  /**
   * Made at the same time; the checks of one group one after the other.
   *
   * @minItems 1
   */
  groups?: Group[];
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Group".
 */
export interface Group {
  name: Name;
  /**
   * @minItems 1
   */
  checks: Check[];
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpCheck".
 */
export interface HttpCheck {
  name: Name;
  http: HttpRequest;
  expect?: HttpExpectation;
  capture?: Captures;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpRequest".
 */
export interface HttpRequest {
  /**
   * service/<name>:<port number or name> for a ready pod of the Service, deployment/<name>:<port>, statefulset/<name>:<port> or pod/<name>:<port> for a port that no Service has, or an http or https address.
   */
  target: string;
  /**
   * a path that begins with /, with the query
   */
  path?: string;
  /**
   * Default: POST with a body or form, else GET.
   */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  headers?: {
    [k: string]: string;
  };
  body?: Json;
  /**
   * Sent as application/x-www-form-urlencoded.
   */
  form?: {
    [k: string]: string;
  };
  /**
   * How many redirects are followed at most. Default: 0, a redirect is an answer like any other.
   */
  redirects?: number;
  /**
   * How often the request is sent; every answer must be as expected. Default: 1.
   */
  times?: number;
  /**
   * How many of them at a time. Default: 1.
   */
  concurrency?: number;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpExpectation".
 */
export interface HttpExpectation {
  /**
   * One status or a list of them. Default: any from 200 to 299.
   *
   * @minItems 1
   */
  status?: number | number[];
  /**
   * By name, whatever its case.
   */
  headers?: {
    [k: string]: TextMatcher;
  };
  contains?: Contains;
  /**
   * A text, or texts, that must not be there.
   */
  excludes?: Contains;
  matches?: Pattern;
  json?: JsonExpectations;
  body?: Json;
  latency?: Latency;
  certificate?: {
    /**
     * days such as 14d, for which the server's certificate must still be valid
     */
    validFor: string;
  };
  /**
   * page: the scripts and styles that the page names are served, with their content type. all: those that its scripts load later, too.
   */
  assets?: "page" | "all";
}
/**
 * By JSONPath ($.items[0].id, RFC 9535), JSON pointer (/items/0/id) or dotted path (items[0].id).
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JsonExpectations".
 */
export interface JsonExpectations {
  [k: string]: ValueMatcher;
}
/**
 * Longest time until the whole answer is there, over all `times` requests. Percentiles by nearest rank.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Latency".
 */
export interface Latency {
  p50?: Milliseconds;
  p95?: Milliseconds;
  p99?: Milliseconds;
  max?: Milliseconds;
}
/**
 * Values of the answer that later checks use, by name.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Captures".
 */
export interface Captures {
  [k: string]: Capture;
}
/**
 * either json or header
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Capture".
 */
export interface Capture {
  json?: JsonPath;
  /**
   * Name of a header of the answer.
   */
  header?: string;
  /**
   * true: masked in the log and in all reports.
   */
  secret?: boolean;
}
/**
 * Until it passes; attempts, for or both say how long.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Retry".
 */
export interface Retry {
  /**
   * How often at most. Default: as often as `for` lets.
   */
  attempts?: number;
  /**
   * For how long at most.
   */
  for?: Duration;
  /**
   * Pause before the second attempt. Default: 2s.
   */
  interval?: Duration;
  /**
   * By what each pause is longer than the one before, up to 30s. Default: 1.
   */
  backoff?: number;
}
/**
 * Once it has passed, it must go on to.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Repeat".
 */
export interface Repeat {
  /**
   * The window.
   */
  for: Duration;
  /**
   * Default: 2s.
   */
  interval?: Duration;
  /**
   * a percentage such as 1%, of the attempts that may fail; default: 0%
   */
  errors?: string;
}
/**
 * A request that removes what the check made. It is sent after the last check of the group, also on failure and cancel, once the check has captured what the path needs; answers 200 to 299 and 404 are right.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Cleanup".
 */
export interface Cleanup {
  /**
   * Default: that of the check.
   */
  target?: string;
  /**
   * a path that begins with /, with the query
   */
  path: string;
  /**
   * Default: DELETE.
   */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  /**
   * Default: those of the check.
   */
  headers?: {
    [k: string]: string;
  };
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "WebSocketCheck".
 */
export interface WebSocketCheck {
  name: Name;
  websocket: WebSocketConnection;
  expect?: MessageExpectation;
  capture?: Captures;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "WebSocketConnection".
 */
export interface WebSocketConnection {
  /**
   * service/<name>:<port number or name> for a ready pod of the Service, deployment/<name>:<port>, statefulset/<name>:<port> or pod/<name>:<port> for a port that no Service has, or an http or https address.
   */
  target: string;
  /**
   * a path that begins with /, with the query
   */
  path?: string;
  headers?: {
    [k: string]: string;
  };
  /**
   * Messages sent once the connection is open: texts as they are, all else as JSON.
   */
  send?: Json[];
}
/**
 * What one message must be. Default: the connection opens.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "MessageExpectation".
 */
export interface MessageExpectation {
  contains?: Contains;
  /**
   * A text, or texts, that must not be there.
   */
  excludes?: Contains;
  matches?: Pattern;
  json?: JsonExpectations;
  body?: Json;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "EventsCheck".
 */
export interface EventsCheck {
  name: Name;
  events: EventsRequest;
  expect?: EventsExpectation;
  capture?: Captures;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "EventsRequest".
 */
export interface EventsRequest {
  /**
   * service/<name>:<port number or name> for a ready pod of the Service, deployment/<name>:<port>, statefulset/<name>:<port> or pod/<name>:<port> for a port that no Service has, or an http or https address.
   */
  target: string;
  /**
   * a path that begins with /, with the query
   */
  path?: string;
  /**
   * Default: POST with a body or form, else GET.
   */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  headers?: {
    [k: string]: string;
  };
  body?: Json;
  /**
   * Sent as application/x-www-form-urlencoded.
   */
  form?: {
    [k: string]: string;
  };
}
/**
 * What the stream (server-sent events, or JSON line by line) must bring; contains, excludes, matches, json and body speak of one event, the first that fulfils them all.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "EventsExpectation".
 */
export interface EventsExpectation {
  /**
   * One status or a list of them. Default: any from 200 to 299.
   *
   * @minItems 1
   */
  status?: number | number[];
  /**
   * By name, whatever its case.
   */
  headers?: {
    [k: string]: TextMatcher;
  };
  /**
   * How many events have to come at least. Default: 1.
   */
  count?: number;
  firstWithin?: Milliseconds;
  contains?: Contains;
  /**
   * A text, or texts, that must not be there.
   */
  excludes?: Contains;
  matches?: Pattern;
  json?: JsonExpectations;
  body?: Json;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PrometheusCheck".
 */
export interface PrometheusCheck {
  name: Name;
  prometheus: PrometheusQuery;
  expect?: PrometheusExpectation;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PrometheusQuery".
 */
export interface PrometheusQuery {
  /**
   * As for http; the Prometheus server or what speaks its HTTP API, such as Azure Monitor workspaces.
   */
  target: string;
  /**
   * PromQL, evaluated now.
   */
  query: string;
  headers?: {
    [k: string]: string;
  };
}
/**
 * What the value of every series must be.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PrometheusExpectation".
 */
export interface PrometheusExpectation {
  equals?: number;
  above?: number;
  below?: number;
  /**
   * true: no series is as good as a right one. Default: false, no series fails.
   */
  empty?: boolean;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PodsCheck".
 */
export interface PodsCheck {
  name: Name;
  pods: PodsOf;
  expect?: PodsExpectation;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PodsOf".
 */
export interface PodsOf {
  /**
   * deployment/<name>, statefulset/<name> or daemonset/<name>; default: all pods of the release
   */
  of?: string;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "PodsExpectation".
 */
export interface PodsExpectation {
  /**
   * How often a container may restart from the beginning of the check on. Default: 0.
   */
  restarts?: number;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JobCheck".
 */
export interface JobCheck {
  name: Name;
  job: JobRun;
  expect?: CommandExpectation;
  capture?: Captures;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JobRun".
 */
export interface JobRun {
  /**
   * deployment/<name>, statefulset/<name> or daemonset/<name>, whose pod template the Job gets
   */
  like: string;
  /**
   * The template's container that runs the command; default: the first.
   */
  container?: string;
  /**
   * Program and arguments, in place of the container's own.
   *
   * @minItems 1
   */
  command: string[];
}
/**
 * What comes of a command; json speaks of its last line.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "CommandExpectation".
 */
export interface CommandExpectation {
  /**
   * Default: 0.
   */
  exitCode?: number;
  contains?: Contains;
  /**
   * A text, or texts, that must not be there.
   */
  excludes?: Contains;
  matches?: Pattern;
  json?: JsonExpectations;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "CommandCheck".
 */
export interface CommandCheck {
  name: Name;
  command: CommandRun;
  expect?: CommandExpectation;
  capture?: Captures;
  retry?: Retry;
  repeat?: Repeat;
  timeout?: Duration;
  /**
   * true: a failure is a warning and does not fail the release.
   */
  soft?: boolean;
  component?: ComponentName;
  cleanup?: Cleanup;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "CommandRun".
 */
export interface CommandRun {
  /**
   * Program and arguments, started on the agent in the folder of the checks file.
   *
   * @minItems 1
   */
  run: string[];
  /**
   * Added to the environment; the place for secrets.
   */
  env?: {
    [k: string]: string;
  };
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "TextConditions".
 */
export interface TextConditions {
  equals?: string;
  contains?: string;
  matches?: Pattern;
  exists?: boolean;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "ValueConditions".
 */
export interface ValueConditions {
  equals?: Json;
  contains?: string;
  matches?: Pattern;
  exists?: boolean;
  /**
   * How many values there are.
   */
  count?: number;
  above?: number;
  below?: number;
}
