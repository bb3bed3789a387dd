import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '../../../shared/detection/detector.js';
import { explain } from '../../../shared/detection/explain.js';

/** A Tuesday. */
const AT = Date.UTC(2024, 0, 2, 9, 0);

const result = (expected: number, lower: number, upper: number, reason: Reason | null = null) =>
  ({
    expected,
    lower,
    upper,
    score: 1,
    isAnomaly: true,
    severity: 'critical',
    isSeasonal: false,
    reason,
  }) as const;

const because = (part: string, usual: number, seen: number) =>
  explain(AT, 20, result(12, 10, 14, { parts: [part], usual, seen }));

test('a value is explained by its share of the expected one, from twice as much on by the multiple', () => {
  assert.equal(explain(AT, 38.4, result(12.4, 10.1, 14.6)), '3.1x the expected 12.4 (band 10.1 to 14.6)');
  assert.equal(
    explain(AT, 3.1, result(12.4, 10.1, 14.6)),
    '75 % below the expected 12.4 (band 10.1 to 14.6)',
  );
  assert.equal(explain(AT, -20, result(-10, -11, -9)), '2x the expected -10 (band -11 to -9)');
});

test('what is expected at this time of the week is said with weekday and time', () => {
  assert.equal(
    explain(AT, 37.2, { ...result(12, 10, 14), isSeasonal: true }),
    '3.1x the usual 12 of Tuesday 09:00 UTC (band 10 to 14)',
  );
});

test('a share is said with what is usual at that time', () => {
  assert.equal(
    explain(AT, 35.4, { ...result(61, 55, 67), isSeasonal: true }),
    '42 % below the usual 61 of Tuesday 09:00 UTC (band 55 to 67)',
  );
  assert.equal(explain(AT, 0, result(61, 55, 67)), '100 % below the expected 61 (band 55 to 67)');
  assert.equal(explain(AT, 105, result(100, 99, 101)), '5 % above the expected 100 (band 99 to 101)');
});

test('a value next to the expected one, of the other sign, or where 0 was expected, by the difference', () => {
  assert.equal(explain(AT, 100.04, result(100, 100, 100)), '0.04 above the expected 100 (band 100 to 100)');
  assert.equal(explain(AT, -5, result(10, 9, 11)), '15 below the expected 10 (band 9 to 11)');
  assert.equal(explain(AT, 7.2, result(0, -0.1, 0.1)), '7.2 above the expected 0 (band -0.1 to 0.1)');
});

test('what has come down to nothing is 0, and no measure for anything', () => {
  assert.equal(explain(AT, 5, result(2e-19, -1e-20, 4e-18)), '5 above the expected 0 (band 0 to 0)');
  assert.equal(explain(AT, 5, result(1e-323, 0, 1e-322)), '5 above the expected 0 (band 0 to 0)');
  assert.equal(explain(AT, -5, result(-2e-19, -0.5, 0.5)), '5 below the expected 0 (band -0.5 to 0.5)');
  assert.equal(explain(AT, 5, result(0.001, -0.1, 0.1)), '5 above the expected 0.001 (band -0.1 to 0.1)');
  assert.equal(explain(AT, 3e-12, result(1e-12, 0, 2e-12)), '3x the expected 1e-12 (band 0 to 2e-12)');
  const tail = '; 66.7 % above the expected 12 (band 10 to 14)';
  assert.equal(because('threshold', 0.001, 1e9), `above the limit of 0.001${tail}`);
  assert.equal(because('rate', -3e-17, 8), `changed by 8 at once, where 0 is usual${tail}`);
  assert.equal(because('shift', 4e-18, 8), `moved from about 0 to about 8${tail}`);
  assert.equal(because('swing', 1e-300, 8), `swings by 8 from one to the next, where 0 is usual${tail}`);
  assert.equal(because('swing', 5e-324, 1e30).split(';')[0], because('swing', 0, 1e30).split(';')[0]);
});

test('a value that is as expected, as one that is stuck, is equal to it', () => {
  assert.equal(explain(AT, 5, result(5, 4, 6)), 'equal to the expected 5 (band 4 to 6)');
  assert.equal(explain(AT, 0, result(0, 0, 0)), 'equal to the expected 0 (band 0 to 0)');
  assert.equal(explain(AT, 0, result(3e-18, 0, 40)), 'equal to the expected 0 (band 0 to 40)');
  assert.equal(explain(AT, 0.3, result(0.1 + 0.2, 0, 1)), 'equal to the expected 0.3 (band 0 to 1)');
});

test('one is said in the singular', () => {
  assert.match(because('stuck', 0, 12), /^the same value 13 times in a row, where at most 1 is usual;/);
});

test('the time of day is that of any year', () => {
  const seasonal = { ...result(12, 10, 14), isSeasonal: true };
  for (const year of [-1, 9_999, 10_000])
    assert.match(explain(Date.UTC(year, 0, 2, 9, 5), 37.2, seasonal), /day 09:05 UTC/);
});

test('a time that is none is left as it is', () => {
  const seasonal = { ...result(12, 10, 14), isSeasonal: true };
  assert.equal(explain(9e15, 13, seasonal), '8.33 % above the usual 12 of 9000000000000000 (band 10 to 14)');
});

test('large figures are not rounded to three digits', () => {
  assert.equal(
    explain(AT, 123_456, result(20_000, 19_000, 21_000)),
    '6.17x the expected 20000 (band 19000 to 21000)',
  );
});

test('what the single value does not show is said first', () => {
  const tail = '; 66.7 % above the expected 12 (band 10 to 14)';
  assert.equal(because('shift', 12, 20), `moved from about 12 to about 20${tail}`);
  assert.equal(because('rate', 0, 8), `changed by 8 at once, where 0 is usual${tail}`);
  assert.equal(because('swing', 2, 10), `swings 5x as far as usual${tail}`);
  assert.equal(because('swing', 2, 0.1), `hardly moves: 0.1 from one to the next, where 2 is usual${tail}`);
  assert.equal(
    because('seasonal-shift', 12, 18),
    `for some time above what is usual around Tuesday 09:00 UTC (about 18, not 12)${tail}`,
  );
  assert.equal(
    because('seasonal-drift', 12, 9),
    `for hours below what is usual at these times (about 9, not 12)${tail}`,
  );
  assert.equal(
    because('stuck', 2, 399),
    `the same value 400 times in a row, where at most 3 are usual${tail}`,
  );
  assert.equal(
    because('absence', 86_400_000, 100_800_000),
    `what comes about every 24 h is overdue, last on Monday 05:00 UTC${tail}`,
  );
  assert.equal(because('threshold', 18, 20), `above the limit of 18${tail}`);
  assert.equal(because('baseline', 12, 20), tail.slice(2));
});
