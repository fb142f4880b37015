import { formatDuration } from '../common/duration';
import { isInstruction, type ProgressEvent, type Vertex } from './progress';

/** Work of BuildKit around the instructions that takes time and is worth a line. */
const WORTH_TELLING = /^(exporting to|exporting cache|importing cache|pushing|load metadata)/;
/** Longer instructions (heredocs, chains of commands) are in the Dockerfile. */
const LONGEST_INSTRUCTION = 160;

/** The line of the log that tells an event; undefined for what nobody wants to read. */
export function lineOf(event: ProgressEvent): string | undefined {
  if (event.type === 'check') return undefined;
  const { vertex } = event;
  if (event.type === 'failed' && isCacheImport(vertex)) return undefined;
  if (event.type === 'failed') return `${prefixOf(vertex)} FAILED: ${vertex.error ?? ''}`;
  if (!isInstruction(vertex) && !WORTH_TELLING.test(vertex.instruction)) return undefined;
  switch (event.type) {
    case 'started':
      return `${prefixOf(vertex)} ${shortened(vertex.instruction)}`;
    case 'output':
      return `${prefixOf(vertex)}   ${event.line}`;
    case 'cached':
      return `${prefixOf(vertex)} CACHED`;
    case 'completed':
      return `${prefixOf(vertex)} DONE in ${durationOf(vertex)}`;
  }
}

/** A cache that is not there yet is no fault; any other that cannot be read makes the build slow, which people must know. */
export function cacheTrouble(event: ProgressEvent): { text: string; expected: boolean } | undefined {
  if (event.type !== 'failed' || !isCacheImport(event.vertex)) return undefined;
  const { instruction, error = '' } = event.vertex;
  const reference = instruction.replace('importing cache manifest from ', '');
  return error.endsWith(': not found')
    ? { text: `${prefixOf(event.vertex)} there is no cache ${reference} yet`, expected: true }
    : { text: `The layer cache ${reference} cannot be read and is left out: ${error}`, expected: false };
}

function isCacheImport({ instruction }: Vertex): boolean {
  return instruction.startsWith('importing cache manifest');
}

/** What is being done, for the times when nothing is printed; undefined when that is nothing. */
export function runningLine(vertices: readonly Vertex[], now: number): string | undefined {
  const running = vertices.filter(
    (vertex) => vertex.started !== undefined && vertex.completed === undefined && isInstruction(vertex),
  );
  if (running.length === 0) return undefined;
  const parts = running.map(
    (vertex) =>
      `${prefixOf(vertex)} ${shortened(vertex.instruction, 50)} (${formatDuration(Math.max(0, now - (vertex.started ?? now)))})`,
  );
  return `Still running: ${parts.join(', ')}`;
}

function prefixOf({ step, instruction }: Vertex): string {
  return step === '' ? `[${instruction.split(' ')[0] ?? ''}]` : `[${step}]`;
}

function durationOf({ started, completed }: Vertex): string {
  return formatDuration(Math.max(0, (completed ?? 0) - (started ?? completed ?? 0)));
}

function shortened(text: string, longest = LONGEST_INSTRUCTION): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
