import assert from 'node:assert/strict';
import { ProcessError, run, runUnchecked, stopsOn } from '../../../tasks/common/process';
import { CancelledError } from '../../../tasks/common/errors';
import { printedBy } from '../support/agent';

const sh = (script: string): string[] => ['-c', script];

describe('process', () => {
  it('gives the lines of both streams as they come', async () => {
    const out: string[] = [];
    const err: string[] = [];
    await run('/bin/sh', sh('echo one; echo two >&2'), {
      silent: true,
      onStdoutLine: (line) => out.push(line),
      onStderrLine: (line) => err.push(line),
    });
    assert.deepEqual([out, err], [['one'], ['two']]);
  });

  it('ends with the last words of a program that fails', async () => {
    await assert.rejects(run('/bin/sh', sh('echo no space left >&2; exit 3'), { silent: true }), (error) => {
      assert.ok(error instanceof ProcessError);
      assert.equal(error.result.exitCode, 3);
      assert.match(error.message, /exit code 3\. Its last words:\nno space left/);
      return true;
    });
  });

  it('gives the exit code where it is an answer', async () => {
    assert.equal((await runUnchecked('/bin/sh', sh('exit 7'), { silent: true })).exitCode, 7);
  });

  it('keeps only the last lines of a program that prints much', async () => {
    const { tail } = await runUnchecked('/bin/sh', sh('seq 1 1000'), { silent: true });
    assert.equal(tail.length, 40);
    assert.equal(tail.at(-1), '1000');
  });

  it('takes the force out of logging commands that a program prints', async () => {
    let tail: string[] = [];
    const printed = await printedBy(async () => {
      ({ tail } = await runUnchecked('/bin/sh', sh('echo "##vso[task.setvariable variable=PATH]/evil"')));
    });
    // The debug lines that show our own arguments are one command each, whatever their data.
    assert.doesNotMatch(printed.replace(/^##vso\[task\.debug\].*$/gm, ''), /##vso\[/);
    assert.doesNotMatch(tail.join(), /##vso\[/);
    assert.match(printed, /\/evil/);
  });

  it('says which program cannot be run', async () => {
    await assert.rejects(
      run('/no/such/program', [], { silent: true }),
      /\/no\/such\/program could not be run/,
    );
  });

  it('sends SIGINT to the program when the step is cancelled, and rejects with the reason', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const running = run(
      '/bin/sh',
      sh('trap "echo interrupted; exit 0" INT; echo ready; while :; do sleep 0.05; done'),
      {
        silent: true,
        signal: controller.signal,
        onStdoutLine: (line) => {
          lines.push(line);
          if (line === 'ready') controller.abort(new CancelledError('SIGINT'));
        },
      },
    );
    await assert.rejects(running, CancelledError);
    assert.deepEqual(lines, ['ready', 'interrupted']);
  });

  it('ends a child in steps, before the agent does; on Windows, where every signal kills, only at the end', () => {
    const stops = (platform: NodeJS.Platform) => stopsOn(platform).map(({ signal }) => signal);
    assert.deepEqual(stops('linux'), ['SIGINT', 'SIGTERM', 'SIGKILL']);
    assert.deepEqual(stops('darwin'), stops('linux'));
    assert.deepEqual(stops('win32'), ['SIGKILL']);
    for (const platform of ['linux', 'win32'] as const)
      assert.ok(stopsOn(platform).every(({ afterMs }) => afterMs < 7_500));
  });

  it('starts nothing once the step is cancelled', async () => {
    const signal = AbortSignal.abort(new CancelledError('SIGTERM'));
    await assert.rejects(run('/bin/sh', sh('exit 0'), { signal }), CancelledError);
  });
});
