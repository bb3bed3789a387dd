import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../shared/files/duration.js';

test('durations are read as Prometheus writes them', () => {
  const cases: [string, number | null][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['1m500ms', 60_500],
    ['0s', 0],
    ['', null],
    ['5', null],
    ['1.5h', null],
    ['30s5m', null],
    ['-5s', null],
    [' 5s', null],
    ['2592000s', 2_592_000_000],
    [`${'9'.repeat(20)}ms`, null],
    [`${'1'.repeat(100_000)}`, null],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text.slice(0, 30));
});

test('a duration that is written and read is the same', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});
