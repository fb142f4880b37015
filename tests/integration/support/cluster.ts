import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pushImage, type PlainRegistry } from './images';

/** Where the CGI scripts of the web image find their words. */
const WWW = 'www/cgi-bin';
const SCRIPT = '#!/bin/busybox sh\n';

/**
 * Pushes a tiny web server and returns its digest. Below /cgi-bin it has: login (a form's password for a token), flows (needs
 * the token, answers with what it was sent), third (serves from the third request on), pause (4 s), brief (0.1 s), slow (30 s), hostile.
 */
export function pushWebImage(
  registry: PlainRegistry,
  repository: string,
  { password, token }: { password: string; token: string },
): Promise<string> {
  const files = {
    'bin/busybox': readFileSync('/bin/busybox'),
    'tmp/.keep': '',
    'www/health': '{"status":"ok","parts":[{"name":"db"},{"name":"chat"}]}',
    [`${WWW}/login`]: `${SCRIPT}body=$(/bin/busybox head -c "$CONTENT_LENGTH")
case "$body" in
  *"password=${password}"*) printf 'Content-Type: application/json\\r\\n\\r\\n{"access_token":"${token}","user":{"id":7}}';;
  *) printf 'Status: 401 Unauthorized\\r\\n\\r\\n{"detail":"wrong: %s"}' "$body";;
esac\n`,
    [`${WWW}/flows`]: `${SCRIPT}body=$(/bin/busybox head -c "$CONTENT_LENGTH")
[ "$HTTP_AUTHORIZATION" = "Bearer ${token}" ] || { printf 'Status: 403 Forbidden\\r\\n\\r\\nno'; exit; }
printf 'Status: 201 Created\\r\\n\\r\\n{"sent":%s,"type":"%s","host":"%s"}' "$body" "$CONTENT_TYPE" "$HTTP_HOST"\n`,
    [`${WWW}/third`]: `${SCRIPT}echo x >>/tmp/count
if [ "$(/bin/busybox wc -l </tmp/count)" -lt 3 ]; then printf 'Status: 503 Unavailable\\r\\n\\r\\nnot yet'
else printf 'Status: 200 OK\\r\\n\\r\\nserving'; fi\n`,
    [`${WWW}/slow`]: `${SCRIPT}/bin/busybox sleep 30; printf 'Status: 200 OK\\r\\n\\r\\nslow'\n`,
    [`${WWW}/pause`]: `${SCRIPT}/bin/busybox sleep 4; printf 'Status: 200 OK\\r\\n\\r\\npaused'\n`,
    [`${WWW}/brief`]: `${SCRIPT}/bin/busybox sleep 0.1; printf 'Status: 200 OK\\r\\n\\r\\nok'\n`,
    [`${WWW}/hostile`]: `${SCRIPT}printf 'Status: 500 Oh\\r\\n\\r\\n##vso[task.setvariable variable=forged;isOutput=true]yes\\n<img src=x>'\n`,
  };
  const entrypoint = ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'];
  return pushImage(registry, repository, files, 'linux/amd64', entrypoint);
}

/**
 * As JSON for kubectl: the web server, with two replicas and a Service `web` (80, and 81 at which nobody listens); a Service
 * `broken` whose pod is never ready.
 */
export function webObjects(image: string): string {
  const deployment = (name: string, replicas: number, readiness: object) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, 'app.kubernetes.io/managed-by': 'langflow-delivery' } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image,
              env: [{ name: 'ROLE', value: `role-of-${name}` }],
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { periodSeconds: 1, ...readiness },
            },
          ],
        },
      },
    },
  });
  const service = (name: string, ...ports: object[]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports },
  });
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      deployment('web', 2, { httpGet: { path: '/health', port: 'http' } }),
      deployment('broken', 1, { exec: { command: ['/bin/busybox', 'false'] } }),
      service(
        'web',
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'nobody', port: 81, targetPort: 9999 },
      ),
      service('broken', { port: 80, targetPort: 8080 }),
    ],
  });
}

/** Runs kubectl against the local cluster; `input` is its stdin. */
export function kubectl(args: readonly string[], input?: string): string {
  return execFileSync('kubectl', args, { encoding: 'utf8', ...(input !== undefined && { input }) }).trim();
}
