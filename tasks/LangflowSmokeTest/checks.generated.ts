// Generated from tasks/LangflowSmokeTest/checks.schema.json by `npm run generate`; change the schema instead.

/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Check".
 */
export type Check = HttpCheck | JobCheck;
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
 * A text that must be in the answer's body or in the log.
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Contains".
 */
export type Contains = string;
/**
 * a duration such as 30s or 2m
 *
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Duration".
 */
export type Duration = string;

/**
 * The checks that a running release must pass. ${NAME} in a text stands for a variable of the step or for a value that an earlier check captured; $${NAME} is the text ${NAME} itself.
 */
export interface ChecksFile {
  /**
   * Run one after the other.
   *
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
  /**
   * Values of the answer that later checks use, by name.
   */
  capture?: {
    [k: string]: HttpCapture;
  };
  retry?: Retry;
  timeout?: Duration;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpRequest".
 */
export interface HttpRequest {
  /**
   * service/<name>:<port number or name> for plain HTTP to a ready pod of the Service, or an http or https address.
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
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpExpectation".
 */
export interface HttpExpectation {
  /**
   * Default: any from 200 to 299. Redirects are not followed.
   */
  status?: number;
  body?: Json;
  contains?: Contains;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "HttpCapture".
 */
export interface HttpCapture {
  /**
   * a JSON pointer such as /items/0/id, or a dotted path such as items[0].id
   */
  json: string;
  /**
   * true: masked in the log and in all reports.
   */
  secret?: boolean;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "Retry".
 */
export interface Retry {
  attempts: number;
  interval?: Duration;
}
/**
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JobCheck".
 */
export interface JobCheck {
  name: Name;
  job: JobRun;
  expect?: JobExpectation;
  retry?: Retry;
  timeout?: Duration;
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
 * This interface was referenced by `ChecksFile`'s JSON-Schema
 * via the `definition` "JobExpectation".
 */
export interface JobExpectation {
  /**
   * Default: 0.
   */
  exitCode?: number;
  contains?: Contains;
}
