import { randomBytes } from 'node:crypto';
import { info } from '../../common/agent/log';
import { UserError } from '../../common/errors';
import { ApiError } from '../../common/kubernetes/client';
import type { KubernetesObject } from '../../common/kubernetes/object';
import type { Pod } from '../../common/kubernetes/pods';
import { capture, withoutBody } from '../capture';
import type { JobCheck } from '../checks';
import { jobLike, progressOf } from '../job';
import { TimeLimit, untilAborted, type ProbeContext, type ProbeResult } from '../probe';
import { judgeOutput, lastJson } from './command';

const INTERVAL_MS = 1_000;
/** Lines of the log that are read, from its end. */
const LOG_LINES = 500;

/**
 * Runs the command of a check in a Job made from a workload's pod template, judges how it ended, and deletes the Job,
 * however that goes.
 * @throws UserError when the command cannot be run
 */
export async function probeJob(
  check: JobCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { client, namespace, values, runId, budget } = context;
  budget.spend();
  const { kind, name } = check.workload;
  const header = { apiVersion: 'apps/v1', kind, metadata: { name, namespace } };
  const workload = await untilAborted(client.find(header), signal);
  if (workload === undefined) throw new UserError(`Namespace ${namespace} has no ${kind} ${name}.`);
  const job = jobLike(workload, {
    name: `smoke-${name.replace(/\./g, '-').slice(0, 25)}-${runId}-${randomBytes(2).toString('hex')}`,
    namespace,
    command: check.command.map((part) => values.text(part)),
    container: check.container,
    timeoutMs: check.timeoutMs,
  });
  try {
    await create(job, context);
    info(`Made Job ${job.metadata.name}.`);
    return await watch(job, check, context, signal);
  } finally {
    await client.remove(job);
  }
}

/** A request that was repeated because its answer was lost finds the Job there: its name is ours alone. */
async function create(job: KubernetesObject, { client }: ProbeContext): Promise<void> {
  try {
    await client.createObject(job);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  }
}

async function watch(
  job: KubernetesObject,
  check: JobCheck,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { client, clock, values } = context;
  let pod: Pod | undefined;
  let state = 'it has no pod yet';
  try {
    for (;;) {
      pod = await untilAborted(podOf(job, context), signal);
      if (pod !== undefined) {
        const progress = progressOf(pod);
        if ('exitCode' in progress) {
          const log = await untilAborted(client.logTail(pod, containerOf(pod), LOG_LINES, false), signal);
          const mismatches = judgeOutput(check.expect, progress, log, values);
          const captured = capture(check.captures, { json: lastJson(log) }, values);
          if (!captured.mayShow) return { failures: withoutBody(mismatches, captured.failures, '') };
          return { failures: [...mismatches, ...captured.failures], output: log };
        }
        ({ state } = progress);
      }
      await clock.sleep(INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!(error instanceof TimeLimit)) throw error;
    const failures = [`${error.message} Last seen of Job ${job.metadata.name}: ${state}.`];
    return pod?.status?.phase === 'Running'
      ? { failures, output: await client.logTail(pod, containerOf(pod), LOG_LINES, false) }
      : { failures };
  }
}

/**
 * The Job's pod, or undefined while there is none.
 * @throws UserError when the cluster refuses to make it
 */
async function podOf(job: KubernetesObject, { client, namespace }: ProbeContext): Promise<Pod | undefined> {
  const { name } = job.metadata;
  const pods = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: `batch.kubernetes.io/job-name=${name}`,
  });
  if (pods.items[0] !== undefined) return pods.items[0];
  const events = await client.listPath(`/api/v1/namespaces/${namespace}/events`, {
    fieldSelector: `involvedObject.kind=Job,involvedObject.name=${name},reason=FailedCreate`,
  });
  const refusal = events.items[0]?.message;
  if (typeof refusal === 'string') throw new UserError(`Job ${name} got no pod: ${refusal}`);
  return undefined;
}

function containerOf(pod: Pod): string {
  return pod.spec?.containers?.[0]?.name ?? '';
}
