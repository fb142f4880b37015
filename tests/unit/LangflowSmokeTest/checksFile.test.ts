import assert from 'node:assert/strict';
import * as path from 'node:path';
import { allChecks, type Check, type Plan } from '../../../tasks/LangflowSmokeTest/checks';
import { parseChecks, readChecks } from '../../../tasks/LangflowSmokeTest/checksFile';

const plan = (...lines: string[]): Plan => parseChecks(lines.join('\n'), 'smoke.yml', { PASSWORD: 'x' });
const parse = (...lines: string[]): Check[] => allChecks(plan(...lines));
const COMMON = {
  needs: [],
  retry: { attempts: 1, forMs: undefined, intervalMs: 2_000, backoff: 1 },
  repeat: undefined,
  soft: false,
  component: undefined,
  captures: [],
  cleanup: undefined,
};

describe('smoke checks', () => {
  it('are read with their defaults', () => {
    assert.deepEqual(
      parse('checks:', '- name: health', '  http: { target: service/backend:http, path: /health }'),
      [
        {
          ...COMMON,
          kind: 'http',
          name: 'health',
          place: { file: 'smoke.yml', line: 2 },
          timeoutMs: 30_000,
          target: { kind: 'service', name: 'backend', port: 'http' },
          request: { path: '/health', method: 'GET', headers: {}, body: undefined, form: undefined },
          redirects: 0,
          times: 1,
          concurrency: 1,
          expect: { status: [], headers: {}, contains: [], excludes: [], json: {} },
        },
      ],
    );
    assert.deepEqual(
      parse('checks:', '- { name: queue, job: { like: deployment/worker, command: [celery, ping] } }'),
      [
        {
          ...COMMON,
          kind: 'job',
          name: 'queue',
          place: { file: 'smoke.yml', line: 2 },
          timeoutMs: 120_000,
          workload: { kind: 'Deployment', name: 'worker' },
          container: undefined,
          command: ['celery', 'ping'],
          expect: { exitCode: 0, contains: [], excludes: [], json: {} },
        },
      ],
    );
  });

  it('are read with everything that can be said', () => {
    const [logIn, use] = parse(
      'checks:',
      '- name: log in',
      '  http:',
      '    target: https://langflow.example.com/base',
      '    path: /api/v1/login',
      '    headers: { Accept: application/json }',
      '    form: { username: admin, password: "${PASSWORD}" }',
      '  expect: { status: 200, body: { token_type: bearer }, contains: bearer }',
      '  capture:',
      '    TOKEN: { json: /access_token, secret: true }',
      '    FIRST: { json: "flows[0].id" }',
      '  retry: { attempts: 5, interval: 10s }',
      '  timeout: 1m',
      '- name: use',
      '  http: { target: "service/frontend:80", method: DELETE, path: "/flows/${FIRST}", headers: { A: "${TOKEN}" } }',
    );
    assert.ok(logIn?.kind === 'http' && use?.kind === 'http');
    assert.ok(logIn.target.kind === 'url');
    assert.equal(logIn.target.url.href, 'https://langflow.example.com/base');
    assert.equal(logIn.request.method, 'POST');
    assert.deepEqual(logIn.captures, [
      { name: 'TOKEN', from: { json: '/access_token' }, secret: true },
      { name: 'FIRST', from: { json: 'flows[0].id' }, secret: false },
    ]);
    assert.deepEqual([logIn.retry.attempts, logIn.retry.intervalMs, logIn.timeoutMs], [5, 10_000, 60_000]);
    assert.deepEqual([logIn.needs, use.needs.sort()], [[], ['FIRST', 'TOKEN']]);
    assert.deepEqual(use.target, { kind: 'service', name: 'frontend', port: 80 });
    assert.equal(use.place?.line, 14);
  });

  const http = '  http: { target: "service/a:80" }';
  for (const [mistake, lines, message] of [
    ['no checks', [''], /^smoke\.yml, line 1, column 1: the file is null; it must be object\./],
    ['broken YAML', ['checks:', '- name: [a'], /smoke\.yml, line 2.* not valid YAML/],
    [
      'a misspelt key, not as one of the other kind',
      ['checks:', '- name: a', http, '  expct: {}'],
      /line 4, column 3: checks\[0\] has the unknown key 'expct'; accepted are name, http, expect, capture, .* Did you mean 'expect'\?/,
    ],
    [
      'a misspelt key of a job',
      ['checks:', '- name: a', '  job:', '    like: deployment/a', '    comand: [a]'],
      /line 5, column 5: checks\[0\]\.job has the unknown key 'comand'; accepted are like, container, command\. Did you mean 'command'\?/,
    ],
    [
      'an expectation of the other kind',
      ['checks:', '- name: a', '  job: { like: deployment/a, command: [a] }', '  expect: { status: 200 }'],
      /line 4.* unknown key 'status'; accepted are exitCode, contains, /,
    ],
    ['neither kind', ['checks:', '- name: a'], /line 2.*: checks\[0\] must have required property 'http'/],
    [
      'body and form',
      ['checks:', '- name: a', '  http: { target: "service/a:80", body: {}, form: {} }'],
      /line 3.*: checks\[0\]\.http must not have both body and form\./,
    ],
    [
      'a method that there is not',
      ['checks:', '- name: a', '  http:', '    target: service/a:80', '    method: get'],
      /line 5.*: checks\[0\]\.http\.method is "get"; accepted are GET, HEAD, .* Did you mean 'GET'\?/,
    ],
    [
      'a header that YAML makes a number',
      ['checks:', '- name: a', '  http:', '    target: service/a:80', '    headers: { X: 1.10 }'],
      /line 5.*: checks\[0\]\.http\.headers\.X is 1\.1; it must be string\. Put the value in quotes\./,
    ],
    [
      'a target without a port',
      ['checks:', '- name: a', '  http: { target: service/a }'],
      /line 3.*: the target is "service\/a"; accepted is service\/<name>:<port/,
    ],
    [
      'a target that is captured',
      [
        'checks:',
        '- name: a',
        http,
        '  capture: { X: { json: /a } }',
        '- { name: b, http: { target: "${X}" } }',
      ],
      /line 5.*: the target has a captured value, X/,
    ],
    [
      'a duration of nothing',
      ['checks:', '- name: a', http, '  timeout: 0s'],
      /line 4.*: checks\[0\]\.timeout is "0s"; accepted is a duration such as 30s or 2m\./,
    ],
    ['a duration of days', ['checks:', '- name: a', http, '  timeout: 25h'], /line 4.*at most 24 hours/],
    [
      'a workload of no kind',
      ['checks:', '- name: a', '  job: { like: pod/a, command: [a] }'],
      /line 3.*: checks\[0\]\.job\.like is "pod\/a"; accepted is deployment\/<name>, statefulset/,
    ],
    [
      'a name twice',
      ['checks:', '- name: a', http, '- name: a', http],
      /line 4, column 3: an earlier check is named 'a', too/,
    ],
    [
      'a reference to what nobody gives',
      ['checks:', '- name: a', '  http:', '    target: service/a:80', '    path: "/${PASWORD}"'],
      /line 5, column 5: nothing gives \$\{PASWORD\}\. Known here.*: PASSWORD\. Did you mean 'PASSWORD'\? For the text itself, write \$\$\{PASWORD\}\./,
    ],
    [
      'a capture that comes later',
      [
        'checks:',
        '- { name: a, http: { target: "service/a:80", path: "/${X}" } }',
        '- name: b',
        http,
        '  capture: { X: { json: /a } }',
      ],
      /line 2.*: nothing gives \$\{X\}/,
    ],
    [
      'a capture that hides a variable',
      ['checks:', '- name: a', http, '  capture: { PASSWORD: { json: /a } }'],
      /line 4.*: the input 'variables' gives PASSWORD already/,
    ],
    [
      'a capture whose name no reference could have',
      ['checks:', '- name: a', http, '  capture: { A-B: { json: /a } }'],
      /line 4.*: checks\[0\]\.capture has the key 'A-B'; accepted is letters, digits and _/,
    ],
    ['neither checks nor groups', ['{}'], /line 1.*: the file has neither 'checks' nor 'groups'/],
    [
      'a kind that there is not, with the nearest',
      ['checks:', '- name: a', '  websockt: { target: "service/a:80" }'],
      /line 3, column 3: checks\[0\] has the unknown key 'websockt'; accepted are name, http/,
    ],
    [
      'a misspelt key in a group',
      ['groups:', '- name: g', '  checks:', '  - name: a', '    http: { target: "service/a:80", pth: /x }'],
      /line 5, column 37: groups\[0\]\.checks\[0\]\.http has the unknown key 'pth'; .*Did you mean 'path'\?/,
    ],
    [
      'a misspelt condition',
      ['checks:', '- name: a', http, '  expect: { json: { $.a: { contain: x } } }'],
      /line 4.*unknown key 'contain'; .*Did you mean 'contains'\?/,
    ],
    [
      'a JSONPath that is none',
      ['checks:', '- name: a', http, '  expect:', '    json: { "$.items[": 1 }'],
      /line 5, column 13: the path "\$\.items\[" cannot be read .*accepted is a JSONPath such as/,
    ],
    [
      'a regular expression that is none',
      ['checks:', '- name: a', http, '  expect: { matches: "(" }'],
      /line 4.*checks\[0\]\.expect\.matches must match format "regex"/,
    ],
    [
      'a retry without an end',
      ['checks:', '- name: a', http, '  retry: { interval: 1s }'],
      /line 4.*neither 'attempts' nor 'for'/,
    ],
    [
      'a capture of two things',
      ['checks:', '- name: a', http, '  capture: { X: { json: /a, header: b } }'],
      /line 4.*either json or header/,
    ],
    [
      'a capture of another group',
      [
        'groups:',
        '- { name: one, checks: [{ name: a, http: { target: "service/a:80" }, capture: { X: { json: /a } } }] }',
        '- { name: two, checks: [{ name: b, http: { target: "service/a:80", path: "/${X}" } }] }',
      ],
      /line 3.*\$\{X\} is captured by check 'a' of another group, which is made at the same time/,
    ],
    [
      'a group twice',
      [
        'groups:',
        `- { name: g, checks: [{ name: a, ${http.trim()} }] }`,
        `- { name: g, checks: [{ name: b, ${http.trim()} }] }`,
      ],
      /line 3.*an earlier group has this name, too/,
    ],
    [
      'a cleanup without a target',
      ['checks:', '- name: a', '  pods: {}', '  cleanup: { path: /x }'],
      /line 4.*the cleanup has no target/,
    ],
    [
      'a percentage without its sign',
      ['checks:', '- name: a', http, '  repeat: { for: 1m, errors: "0.01" }'],
      /line 4.*errors is "0\.01"; accepted is a percentage such as 1%/,
    ],
  ] as const) {
    it(`refuse ${mistake}, and say where`, () => {
      assert.throws(() => parse(...lines), { message });
    });
  }

  it('are read in groups, which use what the checks before them capture', () => {
    const { first, groups } = plan(
      'checks:',
      '- { name: a, http: { target: "service/a:80" }, capture: { X: { json: $.a } } }',
      'groups:',
      '- name: one',
      '  checks:',
      '  - name: b',
      '    http: { target: "service/a:80", path: "/${X}", headers: { K: v } }',
      '    capture: { Y: { header: Location } }',
      '    cleanup: { path: "/${Y}" }',
      '- { name: two, checks: [{ name: c, pods: { of: deployment/a } }, { name: d, command: { run: [./x.sh] } }] }',
    );
    assert.deepEqual(
      first.map(({ name }) => name),
      ['a'],
    );
    assert.deepEqual(
      groups.map(({ name, checks }) => [name, checks.map((check) => check.name)]),
      [
        ['one', ['b']],
        ['two', ['c', 'd']],
      ],
    );
    const [b] = groups[0]?.checks ?? [];
    assert.deepEqual(
      [b?.needs, b?.captures],
      [['X'], [{ name: 'Y', from: { header: 'location' }, secret: false }]],
    );
    assert.deepEqual(b?.cleanup, {
      target: { kind: 'service', name: 'a', port: 80 },
      request: { path: '/${Y}', method: 'DELETE', headers: { K: 'v' } },
      needs: ['Y'],
    });
  });

  it('leave alone what is escaped', () => {
    const [check] = parse(
      'checks:',
      '- { name: a, job: { like: deployment/a, command: [sh, -c, "echo $${HOME} $HOME"] } }',
    );
    assert.deepEqual(check?.needs, []);
  });

  it('of the sample are valid', () => {
    const sample = path.resolve('samples/langflow/smoke-checks.yml');
    const variables = { SUPERUSER_PASSWORD: 'x', RUN_ID: '1', NAMESPACE: 'n', RELEASE: 'r' };
    assert.ok(allChecks(readChecks(sample, variables)).length > 0);
  });

  it('say which file cannot be read', () => {
    assert.throws(
      () => readChecks('/nowhere/smoke.yml', {}),
      /Input 'checks': \/nowhere\/smoke\.yml cannot be read \(ENOENT\)/,
    );
  });
});
