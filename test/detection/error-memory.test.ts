import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorMemory, MEMORY, remember, robustSigma } from '../../shared/detection/error-memory.js';
import { halfNormalQuantile } from '../../shared/detection/quantiles.js';
import { normal, seeded, series } from './generators.js';

const error = fc.oneof(fc.double({ min: 0, max: 1e30, noNaN: true }), fc.constantFrom(0, 1, 2));

test('the memory holds the newest errors in order, and the same sorted', () => {
  fc.assert(
    fc.property(fc.array(error, { maxLength: 3 * MEMORY }), (errors) => {
      const memory = errors.reduce(remember, errorMemory(new Float32Array(0)));
      const expected = Float32Array.from(errors.slice(-MEMORY));
      assert.deepEqual(memory.recent, expected);
      assert.deepEqual(memory.sorted, expected.slice().sort());
    }),
  );
});

test('the standard deviation of normal noise is estimated within 25 %, for few and for many errors', () => {
  for (const [count, tolerance] of [
    [60, 0.4],
    [MEMORY, 0.25],
  ] as const) {
    const ratios = series(200, (seed) => {
      const noise = normal(seeded(seed + 1), 0, 3);
      return robustSigma(errorMemory(Float32Array.from(series(count, () => Math.abs(noise()))))) / 3;
    }).sort((a, b) => a - b);
    const [low = 0, high = 0] = [ratios[10], ratios[189]];
    assert.ok(low > 1 - tolerance && high < 1 + tolerance, `${count} errors: ${low} to ${high}`);
  }
});

test('four outliers of any size do not move the estimate beyond that of clean noise', () => {
  const noise = normal(seeded(9), 0, 1);
  const clean = series(MEMORY - 4, () => Math.abs(noise()));
  const estimate = (outlier: number) =>
    robustSigma(errorMemory(Float32Array.from([...clean, ...Array<number>(4).fill(outlier)])));
  assert.equal(estimate(1e6), estimate(1e30));
  assert.ok(estimate(1e30) < 1.6, `${estimate(1e30)}`);
});

test('quantiles of the half-normal distribution agree with the tables', () => {
  for (const [p, z] of [
    [0.5, 0.67449],
    [0.6827, 1],
    [0.9, 1.64485],
    [0.95, 1.95996],
    [0.99, 2.57583],
  ] as const)
    assert.ok(Math.abs(halfNormalQuantile(p) - z) < 0.006, `${p}: ${halfNormalQuantile(p)}`);
});
