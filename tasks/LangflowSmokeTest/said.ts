import type { Check, HttpRequest } from './checks';
import type { Content } from './expectations';
import type { Conditions } from './matchers';

/** What a check says, for people. References stay as they are, so that no value of a variable is in it. */
export interface Said {
  /** `POST /api/v1/login`, headers, body; empty for what is no request. */
  request: string;
  /** A line for each expectation. */
  expected: string;
}

/** A header whose literal value nobody may read; a reference to a variable may be shown. */
const CONFIDENTIAL_HEADER = /authorization|cookie|token|secret|key|password/i;

/** What a check sends and expects. */
export function saidBy(check: Check): Said {
  switch (check.kind) {
    case 'http':
    case 'events': {
      const { expect } = check;
      const limits = Object.entries('latency' in expect ? (expect.latency ?? {}) : {});
      return {
        request: requestText(check.request),
        expected: lines(
          `status ${expect.status.join(' or ') || '200 to 299'}`,
          ...Object.entries(expect.headers).map(
            ([name, conditions]) => `header ${name}: ${textOf(conditions)}`,
          ),
          ...contentLines(expect),
          ...limits.map(([name, limit]) => `latency ${name} at most ${String(limit)} ms`),
          'count' in expect && expect.count > 0 && `at least ${expect.count} events`,
          'firstWithinMs' in expect && `the first event within ${String(expect.firstWithinMs)} ms`,
        ),
      };
    }
    case 'websocket':
      return {
        request: lines(
          ...headerLines(check.request.headers),
          ...check.send.map((one) => JSON.stringify(one)),
        ),
        expected: check.expect ? lines(...contentLines(check.expect)) : 'that the connection opens',
      };
    case 'prometheus':
      return { request: check.query, expected: textOf(check.expect) };
    case 'pods':
      return { request: '', expected: `ready, and at most ${check.expect.restarts} restarts` };
    case 'job':
    case 'command':
      return {
        request: (check.kind === 'job' ? check.command : check.run).join(' '),
        expected: lines(`exit code ${check.expect.exitCode}`, ...contentLines(check.expect)),
      };
  }
}

function requestText({ method, path, headers, body, form }: HttpRequest): string {
  const sent = form
    ? Object.entries(form)
        .map(([name, value]) => `${name}=${value}`)
        .join('&')
    : undefined;
  const content = body === undefined ? sent : JSON.stringify(body);
  return lines(`${method} ${path}`, ...headerLines(headers), ...(content === undefined ? [] : ['', content]));
}

function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => {
    const literal = CONFIDENTIAL_HEADER.test(name) && !value.includes('${');
    return `${name}: ${literal ? '***' : value}`;
  });
}

function contentLines({ contains, excludes, matches, json, body }: Partial<Content>): string[] {
  return [
    ...(contains ?? []).map((text) => `contains ${JSON.stringify(text)}`),
    ...(excludes ?? []).map((text) => `does not contain ${JSON.stringify(text)}`),
    ...(matches === undefined ? [] : [`matches ${JSON.stringify(matches)}`]),
    ...Object.entries(json ?? {}).map(([path, conditions]) => `${path}: ${textOf(conditions)}`),
    ...(body === undefined ? [] : [`body contains ${JSON.stringify(body)}`]),
  ];
}

function textOf(conditions: Conditions): string {
  return Object.entries(conditions)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');
}

function lines(...texts: (string | false)[]): string {
  return texts.filter((text) => text !== false).join('\n');
}
