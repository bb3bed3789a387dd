import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultRows, type Inflicted, markdownTable, quantile, summaryTable, textTable } from './table.js';

const fault = {
  target: 'redis',
  kind: 'kill',
  beganAt: 0,
  endedAt: 2_000,
  backAt: 0,
  problem: null,
} as const;
const INFLICTED: readonly Inflicted[] = [
  fault,
  { ...fault, target: 'leader', backAt: 5_000 },
  { ...fault, target: 'leader', backAt: 9_040 },
  { ...fault, target: 'leader', backAt: 6_000 },
  { ...fault, target: 'sink', kind: 'cut', backAt: null, problem: 'not back' },
  { ...fault, target: 'sink', kind: 'cut', backAt: 3_000 },
];

test('the table has the median and the longest time of each fault', () => {
  assert.deepEqual(faultRows(INFLICTED), [
    ['redis:kill', '1', 'not felt', '0.0 s', '0.0 s', '0.0 s', '0.0 s'],
    ['leader:kill', '3', 'back by itself', '4.0 s', '7.0 s', '6.0 s', '9.0 s'],
    ['sink:cut', '2', '1 deviate', '1.0 s', '1.0 s', '3.0 s', '3.0 s'],
  ]);
});

test('as text its columns are as wide as what is in them, as Markdown they have bars', () => {
  const rows = faultRows(INFLICTED.slice(0, 2));
  assert.deepEqual(textTable(rows), [
    'fault        times  outcome         after its end: p50    max  after its beginning: p50    max',
    'redis:kill       1  not felt                     0.0 s  0.0 s                     0.0 s  0.0 s',
    'leader:kill      1  back by itself               3.0 s  3.0 s                     5.0 s  5.0 s',
  ]);
  assert.deepEqual(markdownTable(rows), [
    '| fault | times | outcome | after its end: p50 | max | after its beginning: p50 | max |',
    '| --- | ---: | --- | ---: | ---: | ---: | ---: |',
    '| redis:kill | 1 | not felt | 0.0 s | 0.0 s | 0.0 s | 0.0 s |',
    '| leader:kill | 1 | back by itself | 3.0 s | 3.0 s | 5.0 s | 5.0 s |',
  ]);
});

test('the summary has what faults came over, by their kind', () => {
  const [head, , worker, broker, , , redis] = summaryTable(INFLICTED);
  assert.deepEqual(
    [head, worker, broker, redis],
    [
      '|  | killed | frozen | slow link | cut off | disk full | wrong clock |',
      '| a worker |  |  |  | **1 deviate** 1 s, 1 s (2) |  |  |',
      '| a broker of three | 4 s, 7 s (3) |  |  |  |  |  |',
      '| redis | 0 s, 0 s (1) |  |  |  |  |  |',
    ],
  );
});

test('a fault that never came back has no time', () => {
  const never: Inflicted = { ...fault, backAt: null, problem: 'not back' };
  assert.deepEqual(faultRows([never]), [['redis:kill', '1', '1 deviate', '-', '-', '-', '-']]);
});

test('the median of an even number is the lower of the two in the middle', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 3, 2], 1), 4);
  assert.equal(quantile([], 0.5), undefined);
});
