import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../shared/detection/explain.js';

const verdict = (expected: number, lower: number, upper: number) =>
  ({ expected, lower, upper, score: 1, isAnomaly: true, severity: 'critical' }) as const;

test('a value well away from the expected one is explained by their ratio', () => {
  assert.equal(explain(38.4, verdict(12.4, 10.1, 14.6)), '3.1x the expected 12.4 (band 10.1 to 14.6)');
  assert.equal(explain(3.1, verdict(12.4, 10.1, 14.6)), '0.25x the expected 12.4 (band 10.1 to 14.6)');
  assert.equal(explain(-20, verdict(-10, -11, -9)), '2x the expected -10 (band -11 to -9)');
});

test('a value close to the expected one, of the other sign, or where 0 was expected, by the difference', () => {
  assert.equal(explain(105, verdict(100, 99, 101)), '5 above the expected 100 (band 99 to 101)');
  assert.equal(explain(-5, verdict(10, 9, 11)), '15 below the expected 10 (band 9 to 11)');
  assert.equal(explain(7.2, verdict(0, -0.1, 0.1)), '7.2 above the expected 0 (band -0.1 to 0.1)');
});

test('large figures are not rounded to three digits', () => {
  assert.equal(
    explain(123_456, verdict(20_000, 19_000, 21_000)),
    '6.17x the expected 20000 (band 19000 to 21000)',
  );
});
