import type { ChecksFile, Group, HttpCheck } from '../checks.generated';
import { ANSWER, FLOW_DATA } from './flow';
import { CELERY, MIGRATIONS } from './scripts';

/** What the built-in checks need to know of a release. Targets are as in a file of checks. */
export interface SuiteSettings {
  backend: string;
  /** `deployment/backend`, whose image and environment the check of the database uses. */
  backendWorkload: string;
  /** Undefined: there is none. */
  frontend: string | undefined;
  /** Undefined: there is none. */
  worker: string | undefined;
  /** Undefined: it is not looked at. */
  publicAddress: URL | undefined;
  /** Undefined: that of the backend's image. */
  langflowVersion: string | undefined;
  /** Where Prometheus scrapes the backend; undefined when its metrics are off. */
  metrics: string | undefined;
  /** Window of the check of stability, `2m`; undefined: none. */
  stableFor: string | undefined;
  /** Which variables there are: SUPERUSER and SUPERUSER_PASSWORD, or API_KEY. */
  credentials: 'password' | 'apiKey';
}

/** How often a check tries what may only need time after a rollout. */
const WARM_UP = { for: '1m', interval: '1s', backoff: 1.5 };
const ORIGIN = 'https://smoke-test.invalid';
/** Langflow's own until somebody sets another (lfx/services/settings/constants.py). */
const DEFAULT_SUPERUSER = { username: 'langflow', password: 'langflow' };

/** The built-in checks, in the format of a file of checks. */
export function langflowSuite(settings: SuiteSettings): ChecksFile {
  const { frontend, worker, publicAddress, metrics, stableFor } = settings;
  return {
    groups: [
      releaseGroup(settings),
      backendGroup(settings),
      ...(frontend === undefined ? [] : [frontendGroup(frontend)]),
      flowGroup(settings),
      ...(worker === undefined ? [] : [workerGroup(worker)]),
      securityGroup(settings),
      ...(publicAddress === undefined ? [] : [publicGroup(publicAddress)]),
      ...(metrics === undefined ? [] : [metricsGroup(metrics)]),
      ...(stableFor === undefined ? [] : stabilityGroups(settings.backend, stableFor)),
    ],
  };
}

function releaseGroup({ backend, backendWorkload, langflowVersion }: SuiteSettings): Group {
  return {
    name: 'Database and version',
    checks: [
      {
        name: 'Migrations are at head',
        job: { like: backendWorkload, command: ['python', '-c', MIGRATIONS] },
        expect: { json: { '$.atHead': true } },
        capture: { LANGFLOW_VERSION: { json: '$.version' } },
      },
      {
        name: 'Version is that of the release',
        http: { target: backend, path: '/api/v1/version' },
        // The image is proven by digest, so what it has inside is what was built.
        expect: { json: { '$.version': langflowVersion ?? '${LANGFLOW_VERSION}' } },
        retry: WARM_UP,
      },
    ],
  };
}

function backendGroup({ backend }: SuiteSettings): Group {
  return {
    name: 'Backend',
    checks: [
      {
        name: 'All pods are ready',
        pods: {},
        retry: WARM_UP,
      },
      {
        name: 'Backend is healthy',
        http: { target: backend, path: '/health' },
        expect: { json: { '$.status': 'ok' } },
        retry: WARM_UP,
      },
      {
        name: 'Backend reaches its database and chat service',
        http: { target: backend, path: '/health_check' },
        expect: { json: { '$.status': 'ok', '$.db': 'ok', '$.chat': 'ok' } },
        retry: WARM_UP,
      },
    ],
  };
}

function frontendGroup(frontend: string): Group {
  return {
    name: 'Frontend',
    checks: [
      {
        name: 'Frontend serves the page',
        http: { target: frontend, path: '/' },
        expect: {
          headers: { 'content-type': { contains: 'text/html' } },
          contains: '<title>Langflow</title>',
        },
        retry: WARM_UP,
      },
      {
        name: 'Frontend serves all assets of the page',
        http: { target: frontend, path: '/' },
        expect: { assets: 'all' },
        timeout: '2m',
      },
      {
        name: 'Frontend reaches the backend',
        http: { target: frontend, path: '/health_check' },
        expect: { json: { '$.status': 'ok' } },
        retry: WARM_UP,
      },
    ],
  };
}

function flowGroup({ frontend, backend, credentials }: SuiteSettings): Group {
  // The way that users take.
  const target = frontend ?? backend;
  const authorization: Record<string, string> =
    credentials === 'apiKey' ? { 'x-api-key': '${API_KEY}' } : { Authorization: 'Bearer ${TOKEN}' };
  const key = credentials === 'apiKey' ? '${API_KEY}' : '${RUN_KEY}';
  const login: HttpCheck[] = [
    {
      name: 'Superuser logs in',
      http: {
        target,
        path: '/api/v1/login',
        form: { username: '${SUPERUSER}', password: '${SUPERUSER_PASSWORD}' },
      },
      capture: { TOKEN: { json: '$.access_token', secret: true } },
      // Langflow takes five logins a minute.
      timeout: '90s',
      component: 'backend',
    },
    {
      name: 'API key is made',
      http: {
        target,
        path: '/api/v1/api_key/',
        headers: authorization,
        body: { name: 'smoke-test-${RUN_ID}' },
      },
      capture: { RUN_KEY: { json: '$.api_key', secret: true }, RUN_KEY_ID: { json: '$.id' } },
      cleanup: { path: '/api/v1/api_key/${RUN_KEY_ID}' },
      component: 'backend',
    },
  ];
  return {
    name: 'Flow',
    checks: [
      ...(credentials === 'apiKey' ? [] : login),
      {
        name: 'Flow is created',
        http: {
          target,
          path: '/api/v1/flows/',
          headers: authorization,
          body: { name: 'smoke-test-${RUN_ID}', data: FLOW_DATA },
        },
        expect: { status: 201 },
        capture: { FLOW: { json: '$.id' } },
        cleanup: { path: '/api/v1/flows/${FLOW}' },
        component: 'backend',
      },
      {
        name: 'Flow gives its answer',
        http: {
          target,
          path: '/api/v1/run/${FLOW}?stream=false',
          headers: { 'x-api-key': key },
          body: { input_value: '', output_type: 'any' },
        },
        expect: { contains: ANSWER },
        timeout: '1m',
        component: 'backend',
      },
      {
        name: 'Flow streams its answer',
        events: {
          target,
          path: '/api/v1/run/${FLOW}?stream=true',
          headers: { 'x-api-key': key },
          body: { input_value: '', output_type: 'any' },
        },
        expect: { json: { '$.event': 'end' }, contains: ANSWER },
        component: 'backend',
      },
    ],
  };
}

function workerGroup(worker: string): Group {
  return {
    name: 'Worker',
    checks: [
      {
        name: 'Celery task makes its round trip',
        job: { like: worker, command: ['python', '-c', CELERY] },
        expect: { contains: 'test task return ping' },
        timeout: '3m',
      },
    ],
  };
}

function securityGroup({ frontend, backend }: SuiteSettings): Group {
  const target = frontend ?? backend;
  return {
    name: 'Security',
    checks: [
      {
        name: 'Auto-login is off',
        http: { target, path: '/api/v1/auto_login' },
        expect: { status: [401, 403], excludes: 'access_token' },
        component: 'backend',
      },
      {
        name: 'Default superuser password is refused',
        http: { target, path: '/api/v1/login', form: DEFAULT_SUPERUSER },
        expect: { status: [400, 401] },
        timeout: '90s',
        component: 'backend',
      },
      {
        // The code would do nothing even if it were run.
        name: 'Code validation needs a login (CVE-2025-3248)',
        http: { target, path: '/api/v1/validate/code', body: { code: 'x = 1' } },
        expect: { status: [401, 403] },
        component: 'backend',
      },
      {
        name: 'CORS is not open',
        http: { target, path: '/health', headers: { Origin: ORIGIN } },
        expect: { headers: { 'access-control-allow-origin': { exists: false } } },
        component: 'backend',
      },
    ],
  };
}

function publicGroup(publicAddress: URL): Group {
  const target = publicAddress.href.replace(/\/$/, '');
  const plain: HttpCheck = {
    name: 'Public address redirects to https',
    http: { target: target.replace(/^https/, 'http'), path: '/' },
    expect: { status: [301, 302, 307, 308], headers: { location: { matches: '^https://' } } },
  };
  return {
    name: 'Public address',
    checks: [
      {
        name: 'Public address serves Langflow with a valid certificate',
        http: { target, path: '/health', redirects: 3 },
        expect: { json: { '$.status': 'ok' }, certificate: { validFor: '14d' } },
        retry: WARM_UP,
      },
      {
        name: 'Public address sends security headers',
        http: { target, path: '/', redirects: 3 },
        expect: {
          headers: {
            'strict-transport-security': { matches: 'max-age=[1-9]' },
            'x-content-type-options': 'nosniff',
            'x-frame-options': { matches: '^(DENY|SAMEORIGIN)$' },
          },
        },
      },
      ...(publicAddress.port === '' ? [plain] : []),
    ],
  };
}

function metricsGroup(target: string): Group {
  return {
    name: 'Metrics',
    checks: [
      {
        name: 'Metrics are scraped',
        http: { target, path: '/metrics' },
        // https://prometheus.io/docs/instrumenting/exposition_formats/
        expect: { contains: 'python_info', matches: '^[a-zA-Z_:][\\w:]*(\\{.*\\})? [-+.\\deE]+$' },
      },
    ],
  };
}

/** Both windows at the same time. */
function stabilityGroups(backend: string, stableFor: string): Group[] {
  return [
    {
      name: 'Stability of the backend',
      checks: [
        {
          name: 'Backend stays healthy',
          http: { target: backend, path: '/health_check' },
          expect: { json: { '$.status': 'ok' } },
          repeat: { for: stableFor, interval: '1s', errors: '1%' },
        },
      ],
    },
    {
      name: 'Stability of the pods',
      checks: [{ name: 'No pod restarts', pods: {}, repeat: { for: stableFor, interval: '2s' } }],
    },
  ];
}
