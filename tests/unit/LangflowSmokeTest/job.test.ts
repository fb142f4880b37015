import assert from 'node:assert/strict';
import { jobLike, progressOf, type JobSettings } from '../../../tasks/LangflowSmokeTest/job';
import { judgeOutput, lastJson } from '../../../tasks/LangflowSmokeTest/probes/command';
import { Values } from '../../../tasks/LangflowSmokeTest/values';
import { pod } from './samples';

const SETTINGS: JobSettings = {
  name: 'smoke-worker-1',
  namespace: 'langflow',
  command: ['celery', 'ping'],
  container: undefined,
  timeoutMs: 90_500,
};

describe('jobLike', () => {
  const main = {
    name: 'main',
    image: 'i@sha256:1',
    env: [{ name: 'A', value: 'b' }],
    volumeMounts: [{ name: 'data', mountPath: '/d' }],
  };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'worker' },
    spec: {
      replicas: 3,
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      template: {
        metadata: {
          labels: { app: 'worker', 'app.kubernetes.io/managed-by': 'langflow-delivery' },
          annotations: { a: 'b' },
        },
        spec: {
          serviceAccountName: 'worker',
          restartPolicy: 'Always',
          volumes: [{ name: 'tmp', emptyDir: {} }],
          initContainers: [{ name: 'wait', image: 'i' }],
          affinity: { nodeAffinity: { n: 1 }, podAntiAffinity: { p: 1 } },
          topologySpreadConstraints: [{}],
          containers: [
            {
              ...main,
              args: ['x'],
              ports: [{}],
              livenessProbe: {},
              readinessProbe: {},
              startupProbe: {},
              lifecycle: {},
            },
            { name: 'side', image: 's' },
          ],
        },
      },
    },
  };

  it('runs the command in place of the server, in a pod that is like it but takes no traffic and ends', () => {
    const before = structuredClone(workload);
    assert.deepEqual(jobLike(workload, SETTINGS), {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'smoke-worker-1',
        namespace: 'langflow',
        labels: { 'app.kubernetes.io/managed-by': 'langflow-smoke-test' },
      },
      spec: {
        backoffLimit: 0,
        ttlSecondsAfterFinished: 600,
        activeDeadlineSeconds: 151,
        template: {
          metadata: {
            labels: { app: 'worker', 'app.kubernetes.io/managed-by': 'langflow-smoke-test' },
            annotations: { a: 'b' },
          },
          spec: {
            serviceAccountName: 'worker',
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 5,
            readinessGates: [{ conditionType: 'langflow-delivery/takes-no-traffic' }],
            volumes: [
              { name: 'tmp', emptyDir: {} },
              { name: 'data', emptyDir: {} },
            ],
            initContainers: [{ name: 'wait', image: 'i' }],
            affinity: { nodeAffinity: { n: 1 } },
            containers: [{ ...main, command: ['celery', 'ping'] }],
          },
        },
      },
    });
    assert.deepEqual(workload, before, 'the workload itself stays as it is');
  });

  it('takes the container that is named, and says which there are', () => {
    const job = jobLike(workload, { ...SETTINGS, container: 'side' });
    assert.match(
      JSON.stringify(job),
      /"containers":\[\{"name":"side","image":"s","command":\["celery","ping"\]\}\]/,
    );
    assert.throws(
      () => jobLike(workload, { ...SETTINGS, container: 'sid' }),
      /StatefulSet\/worker has no container 'sid'; it has main, side\./,
    );
  });
});

describe('progressOf', () => {
  const waiting = (reason: string, message = '') => ({
    status: { state: { waiting: { reason, message } } },
    phase: 'Pending' as const,
  });
  const terminated = (exitCode: number, reason: string) => ({
    status: { state: { terminated: { exitCode, reason } } },
  });

  it('gives the exit code, and what killed the command', () => {
    assert.deepEqual(progressOf(pod('p', terminated(3, 'Error'))), { exitCode: 3, killed: undefined });
    assert.deepEqual(progressOf(pod('p', terminated(137, 'OOMKilled'))), {
      exitCode: 137,
      killed: 'OOMKilled',
    });
    const expect = { exitCode: 0, contains: [], excludes: [], json: {} };
    const failures = judgeOutput(expect, { exitCode: 137, killed: 'OOMKilled' }, '', new Values({}));
    assert.deepEqual(failures, ['Expected exit code 0, found 137 (OOMKilled).']);
  });

  it('says what the pod waits for', () => {
    assert.deepEqual(progressOf(pod('p', waiting('ContainerCreating'))), {
      state: 'pod p is Pending: ContainerCreating',
    });
    const unscheduled = pod('p', { phase: 'Pending', ready: false });
    unscheduled.status?.conditions?.push({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes.',
    });
    assert.deepEqual(progressOf(unscheduled), { state: 'pod p is Pending: Unschedulable: 0/1 nodes' });
  });

  it('gives up on what will never run, and says why', () => {
    assert.throws(
      () => progressOf(pod('p', waiting('ImagePullBackOff', 'no such image'))),
      /Container main of pod p cannot start: ImagePullBackOff: no such image\./,
    );
    assert.throws(() => progressOf(pod('p', terminated(128, 'StartError'))), /The command cannot be started/);
    const evicted = pod('p', { phase: 'Failed' });
    Object.assign(evicted.status ?? {}, { reason: 'Evicted', message: 'low on memory.' });
    assert.throws(
      () => progressOf(evicted),
      /Pod p failed before its command ran: Evicted: low on memory\.$/,
    );
    const unprepared = pod('p', { ...waiting('PodInitializing'), phase: 'Failed' });
    Object.assign(unprepared.status ?? {}, {
      initContainerStatuses: [{ name: 'wait', state: { terminated: { exitCode: 2 } } }],
    });
    assert.throws(
      () => progressOf(unprepared),
      /before its command ran: container wait ended with exit code 2\.$/,
    );
  });
});

describe('judgeOutput', () => {
  const values = new Values({ WORD: 'done' });
  const judge = (output: string, more: object = {}) =>
    judgeOutput(
      { exitCode: 0, contains: [], excludes: [], json: {}, ...more },
      { exitCode: 0 },
      output,
      values,
    );

  it('looks at the whole output, and for JSON at its last line', () => {
    const output = 'begin\ndone\n{"atHead":true}\n';
    assert.deepEqual(
      judge(output, { contains: ['${WORD}'], matches: '^begin$', json: { '$.atHead': { equals: true } } }),
      [],
    );
    assert.deepEqual(judge(output, { json: { '$.atHead': { equals: false } } }), [
      '$.atHead: expected false, found true.',
    ]);
    assert.deepEqual(judge(output, { excludes: ['done'] }), ['Expected what does not contain "done".']);
    assert.deepEqual(judge('no JSON', { json: { a: { equals: 1 } } }), ['Expected JSON, found other text.']);
    assert.deepEqual(
      [lastJson(output), lastJson('x'), lastJson('')],
      [{ atHead: true }, undefined, undefined],
    );
  });
});
