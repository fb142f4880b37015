import { parseDuration } from '../common/duration';
import { messageOf } from '../common/errors';
import type { YamlFile, YamlPath } from '../common/yaml';
import type {
  Capture,
  Check,
  CommandCheck,
  CommonFields,
  EventsCheck,
  HttpCheck,
  HttpRequest,
  JobCheck,
  OwnFields,
  PodsCheck,
  PrometheusCheck,
  Repeat,
  Retry,
  WebSocketCheck,
  Workload,
} from './checks';
import type * as written from './checks.generated';
import type { Content, Expectation } from './expectations';
import { pathProblem } from './jsonPath';
import { parseMilliseconds } from './latency';
import { conditionsOf, type Conditions } from './matchers';
import { parseTarget, type Target } from './target';
import { referencesIn, Values, type Json } from './values';

/** Where checks are written. */
export interface Source {
  yaml: YamlFile;
  variables: Readonly<Record<string, string>>;
  /** In which commands run. */
  folder: string;
}

type Own = { [C in Check as C['kind']]: OwnFields<C> }[Check['kind']];

const HTTP_TIMEOUT_MS = 30_000;
const EVENTS_TIMEOUT_MS = 60_000;
const JOB_TIMEOUT_MS = 120_000;
const INTERVAL_MS = 2_000;
const KINDS = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const;

/** What all kinds have alike. */
export function commonFields(
  source: Source,
  at: YamlPath,
  check: written.Check,
): Omit<CommonFields, 'needs'> {
  const { yaml } = source;
  const slow = 'job' in check || 'command' in check;
  return {
    name: check.name,
    place: { file: yaml.file, line: yaml.positionOf(at).line },
    retry: retryOf(yaml, [...at, 'retry'], check.retry),
    repeat: repeatOf(yaml, [...at, 'repeat'], check.repeat),
    timeoutMs:
      durationOf(yaml, [...at, 'timeout'], check.timeout) ??
      (slow ? JOB_TIMEOUT_MS : 'events' in check ? EVENTS_TIMEOUT_MS : HTTP_TIMEOUT_MS),
    soft: check.soft ?? false,
    component: check.component,
  };
}

/** The fields of the check's kind. */
export function ownFields(source: Source, at: YamlPath, check: written.Check): Own {
  if ('websocket' in check) return webSocketCheck(source, at, check);
  if ('events' in check) return eventsCheck(source, at, check);
  if ('prometheus' in check) return prometheusCheck(source, at, check);
  if ('pods' in check) return podsCheck(check);
  if ('job' in check) return jobCheck(source, at, check);
  if ('command' in check) return commandCheck(source, at, check);
  return httpCheck(source, at, check);
}

function httpCheck(
  source: Source,
  at: YamlPath,
  { http, expect = {} }: written.HttpCheck,
): OwnFields<HttpCheck> {
  const { latency, assets } = expect;
  return {
    kind: 'http',
    target: requestTarget(source, [...at, 'http'], http),
    request: requestOf(http),
    redirects: http.redirects ?? 0,
    times: http.times ?? 1,
    concurrency: http.concurrency ?? 1,
    expect: {
      ...expectationOf(source, [...at, 'expect'], expect),
      ...(expect.certificate && { validForDays: parseInt(expect.certificate.validFor, 10) }),
      ...(latency && {
        latency: Object.fromEntries(
          Object.entries(latency).map(([name, limit]: [string, string]) => [name, parseMilliseconds(limit)]),
        ),
      }),
      ...(assets && { assets }),
    },
  };
}

function webSocketCheck(
  source: Source,
  at: YamlPath,
  { websocket, expect }: written.WebSocketCheck,
): OwnFields<WebSocketCheck> {
  return {
    kind: 'websocket',
    target: requestTarget(source, [...at, 'websocket'], websocket),
    request: { path: websocket.path ?? '', headers: websocket.headers ?? {} },
    send: (websocket.send ?? []) as Json[],
    expect: expect && contentOf(source, [...at, 'expect'], expect),
  };
}

function eventsCheck(
  source: Source,
  at: YamlPath,
  { events, expect = {} }: written.EventsCheck,
): OwnFields<EventsCheck> {
  return {
    kind: 'events',
    target: requestTarget(source, [...at, 'events'], events),
    request: requestOf(events),
    expect: {
      ...expectationOf(source, [...at, 'expect'], expect),
      count: expect.count ?? 1,
      ...(expect.firstWithin && { firstWithinMs: parseMilliseconds(expect.firstWithin) }),
    },
  };
}

function prometheusCheck(
  source: Source,
  at: YamlPath,
  { prometheus, expect: { empty = false, ...conditions } = {} }: written.PrometheusCheck,
): OwnFields<PrometheusCheck> {
  return {
    kind: 'prometheus',
    target: targetOf(source, [...at, 'prometheus', 'target'], prometheus.target),
    query: prometheus.query,
    headers: prometheus.headers ?? {},
    expect: { ...conditions, empty },
  };
}

function podsCheck({ pods, expect = {} }: written.PodsCheck): OwnFields<PodsCheck> {
  return {
    kind: 'pods',
    of: pods.of === undefined ? undefined : workloadOf(pods.of),
    expect: { restarts: expect.restarts ?? 0 },
  };
}

function jobCheck(source: Source, at: YamlPath, { job, expect = {} }: written.JobCheck): OwnFields<JobCheck> {
  return {
    kind: 'job',
    workload: workloadOf(job.like),
    container: job.container,
    command: job.command,
    expect: { ...contentOf(source, [...at, 'expect'], expect), exitCode: expect.exitCode ?? 0 },
  };
}

function commandCheck(
  source: Source,
  at: YamlPath,
  { command, expect = {} }: written.CommandCheck,
): OwnFields<CommandCheck> {
  return {
    kind: 'command',
    run: command.run,
    env: command.env ?? {},
    folder: source.folder,
    expect: { ...contentOf(source, [...at, 'expect'], expect), exitCode: expect.exitCode ?? 0 },
  };
}

export function capturesOf({ yaml }: Source, at: YamlPath, check: written.Check): Capture[] {
  const captures = 'capture' in check ? (check.capture ?? {}) : {};
  return Object.entries(captures).map(([name, { json, header, secret = false }]) => {
    const where = [...at, 'capture', name];
    if ((json === undefined) === (header === undefined)) {
      throw yaml.mistake(where, 'a capture has either json or header.');
    }
    if (header !== undefined) return { name, from: { header: header.toLowerCase() }, secret };
    checkPath(yaml, [...where, 'json'], json ?? '');
    return { name, from: { json: json ?? '' }, secret };
  });
}

/** A target in the file; its references are to variables of the step only. */
export function targetOf({ yaml, variables }: Source, at: YamlPath, text: string): Target {
  const later = referencesIn(text).find((name) => !Object.hasOwn(variables, name));
  if (later !== undefined) {
    throw yaml.mistake(
      at,
      `the target has a captured value, ${later}; accepted are variables of the step only.`,
    );
  }
  const target = parseTarget(new Values(variables).text(text));
  if (typeof target === 'string') throw yaml.mistake(at, target);
  return target;
}

function requestTarget(
  source: Source,
  at: YamlPath,
  { target: text, path }: { target: string; path?: string },
): Target {
  const target = targetOf(source, [...at, 'target'], text);
  if (target.kind === 'url' && target.url.search !== '' && path !== undefined) {
    throw source.yaml.mistake(
      [...at, 'target'],
      'the target has a query although there is a path; the query belongs to the path.',
    );
  }
  return target;
}

function requestOf({ path, method, headers, body, form }: written.EventsRequest): HttpRequest {
  return {
    path: path ?? '',
    method: method ?? (body === undefined && form === undefined ? 'GET' : 'POST'),
    headers: headers ?? {},
    body: body as Json | undefined,
    form,
  };
}

type WrittenContent = Pick<written.HttpExpectation, 'contains' | 'excludes' | 'matches' | 'json' | 'body'>;

function contentOf({ yaml }: Source, at: YamlPath, expect: WrittenContent): Content {
  const { contains = [], excludes = [], matches, json = {}, body } = expect;
  for (const path of Object.keys(json)) checkPath(yaml, [...at, 'json', path], path);
  return {
    contains: [contains].flat(),
    excludes: [excludes].flat(),
    ...(matches !== undefined && { matches }),
    json: conditionsByName(json),
    ...(body !== undefined && { body: body as Json }),
  };
}

function expectationOf(
  source: Source,
  at: YamlPath,
  expect: WrittenContent & Pick<written.HttpExpectation, 'status' | 'headers'>,
): Expectation {
  return {
    ...contentOf(source, at, expect),
    status: expect.status === undefined ? [] : [expect.status].flat(),
    headers: Object.fromEntries(
      Object.entries(conditionsByName(expect.headers ?? {})).map(([name, one]) => [name.toLowerCase(), one]),
    ),
  };
}

function conditionsByName(matchers: Record<string, written.ValueMatcher>): Record<string, Conditions> {
  return Object.fromEntries(
    Object.entries(matchers).map(([name, matcher]) => [name, conditionsOf(matcher as Json)]),
  );
}

function checkPath(yaml: YamlFile, at: YamlPath, path: string): void {
  const problem = pathProblem(path);
  if (problem === undefined) return;
  throw yaml.mistake(
    at,
    `the path ${JSON.stringify(path)} cannot be read (${problem}); accepted is a JSONPath such as $.items[0].id, a JSON ` +
      'pointer such as /items/0/id, or a dotted path such as items[0].id.',
  );
}

function workloadOf(text: string): Workload {
  const [kind, name] = text.split('/') as [keyof typeof KINDS, string];
  return { kind: KINDS[kind], name };
}

function retryOf(yaml: YamlFile, at: YamlPath, retry: written.Retry | undefined): Retry {
  if (retry && retry.attempts === undefined && retry.for === undefined) {
    throw yaml.mistake(at, "it has neither 'attempts' nor 'for', so that nothing says how long it is tried.");
  }
  return {
    attempts: retry?.attempts ?? (retry?.for === undefined ? 1 : Infinity),
    forMs: durationOf(yaml, [...at, 'for'], retry?.for),
    intervalMs: durationOf(yaml, [...at, 'interval'], retry?.interval) ?? INTERVAL_MS,
    backoff: retry?.backoff ?? 1,
  };
}

function repeatOf(yaml: YamlFile, at: YamlPath, repeat: written.Repeat | undefined): Repeat | undefined {
  if (repeat === undefined) return undefined;
  return {
    forMs: durationOf(yaml, [...at, 'for'], repeat.for) ?? 0,
    intervalMs: durationOf(yaml, [...at, 'interval'], repeat.interval) ?? INTERVAL_MS,
    errors: parseFloat(repeat.errors ?? '0') / 100,
  };
}

function durationOf(yaml: YamlFile, at: YamlPath, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(`${at.at(-1) ?? ''}`, text);
  } catch (error) {
    throw yaml.mistake(at, messageOf(error));
  }
}
