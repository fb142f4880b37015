import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../tasks/common/kubernetes/object';
import { diffOf, runMark } from '../../../tasks/LangflowDeploy/diff';
import { settings } from './samples';

const mark = runMark(Buffer.from('key'));

function diff(before: KubernetesObject | undefined, after: KubernetesObject | undefined): string {
  return diffOf(
    { action: 'change', name: 'ConfigMap/settings', fields: [], judged: true, before, after },
    mark,
  );
}
const secret = (data: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data,
});
const configMap = (data: object): KubernetesObject => ({ ...settings(''), data });

describe('diffOf', () => {
  it('shows the lines around a change', () => {
    assert.equal(
      diff(settings('red'), settings('blue')),
      [
        '--- live ConfigMap/settings',
        '+++ release ConfigMap/settings',
        '@@ -1,6 +1,6 @@',
        ' apiVersion: v1',
        ' data:',
        '-  color: red',
        '+  color: blue',
        ' kind: ConfigMap',
        ' metadata:',
        '   name: settings',
      ].join('\n'),
    );
  });

  it('shows a new object whole, and one that goes', () => {
    assert.match(diff(undefined, settings('red')), /^\+ {2}color: red$/m);
    assert.match(diff(settings('red'), undefined), /^- {2}color: red$/m);
  });

  it('shows of secret values only whether they changed', () => {
    const text = diff(
      secret({ changed: 'b2xk', same: 'c2FtZQ==' }),
      secret({ changed: 'bmV3', same: 'c2FtZQ==' }),
    );
    assert.match(
      text,
      /^- {2}changed: \(secret [0-9a-f]{8}\)\n\+ {2}changed: \(secret [0-9a-f]{8}\)\n {3}same: \(secret [0-9a-f]{8}\)$/m,
    );
    assert.equal(/b2xk|bmV3|c2FtZQ/.test(text), false);
    assert.equal(/b2xk/.test(diff(undefined, secret({ list: ['b2xk'] }))), false);
    const odd = { ...secret({}), data: 'b2xk', stringData: { a: 'b2xk' } };
    assert.equal(/b2xk/.test(diff(undefined, odd)), false);
  });

  it('has other marks in each run', () => {
    assert.notEqual(runMark()('x'), runMark()('x'));
    assert.equal(mark('x'), mark('x'));
    assert.notEqual(mark('x'), mark('y'));
  });

  it('makes hostile text visible', () => {
    const text = diff(settings('red'), configMap({ a: 'x\u001b[31mred\u202etxt.exe', '\u2066k': 'v\r\nw' }));
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    assert.equal(/[\u0000-\u0009\u000b-\u001f\u202e\u2066]/.test(text), false);
    assert.match(text, /\\u202etxt\.exe/);
  });

  it('stays within bounds', () => {
    const lines = (count: number, word: string): KubernetesObject =>
      configMap({ text: Array.from({ length: count }, (_, index) => `${word} ${index}`).join('\n') });
    const long = diff(undefined, lines(600, 'a'));
    assert.equal(long.split('\n').length, 201);
    assert.match(long, /… 4\d\d more lines$/);
    assert.match(diff(undefined, configMap({ text: 'x'.repeat(100_000) })), /… 99\d{3} more characters/);
    assert.match(diff(lines(1_500, 'a'), lines(1_500, 'b')), /more than 1000 lines differ/);
  });
});
