import assert from 'node:assert/strict';
import { test } from 'node:test';
import { risesIn } from './rises.js';

const window = (end: number, max: number, host = 'h0') => ({ metric: 'probe.1', tags: { host }, end, max });

test('an alert fires with the first high window of a series and ends with the first low one', () => {
  const windows = [window(1, 0), window(2, 9), window(2, 9, 'h1'), window(3, 9), window(4, 0), window(5, 9)];
  assert.deepEqual(risesIn(windows, 5), [
    'probe.1 h0 firing at 2',
    'probe.1 h1 firing at 2',
    'probe.1 h0 resolved at 4',
    'probe.1 h0 firing at 5',
  ]);
});

test('a value at the threshold is not high', () => {
  assert.deepEqual(risesIn([window(1, 5)], 5), []);
});
