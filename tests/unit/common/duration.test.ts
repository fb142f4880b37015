import assert from 'node:assert/strict';
import { formatDuration, parseDuration } from '../../../tasks/common/duration';

describe('duration', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    [' 5m ', 300_000],
    ['24h', 86_400_000],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.equal(parseDuration('timeout', text), ms);
    });
  }

  for (const text of ['', '0s', '10', '-5m', '25h', '1.5h', '5m1h', 'soon']) {
    it(`refuses ${JSON.stringify(text)} and says what is accepted`, () => {
      assert.throws(() => parseDuration('timeout', text), /Input 'timeout'.*90s, 10m or 1h30m/);
    });
  }

  for (const [ms, text] of [
    [400, '0.4s'],
    [12_400, '12s'],
    [59_700, '1m0s'],
    [83_000, '1m23s'],
    [3_723_000, '1h2m3s'],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => {
      assert.equal(formatDuration(ms), text);
    });
  }
});
