import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, seeded, series } from '../generators.js';
import { alarms, observations, run } from '../scored.js';

/** Noise that is five times as strong from row 1,500 to 1,599. */
function restless(size: number): number[] {
  const noise = normal(seeded(2), 0, 1);
  return series(2_000, (i) => size * (100 + noise() * (i >= 1_500 && i < 1_600 ? 5 : 1)));
}

test('how far a series swings is seen whatever the size of its values', () => {
  const [small, large] = [1, 2 ** 40].map((size) => run(observations(restless(size))));
  const scores = (results = small) => results?.map(({ score }) => Math.round(100 * score));
  assert.deepEqual(scores(large), scores(small));
});

test('the swing of rounding noise is nothing, nor is that of a constant', () => {
  const random = seeded(3);
  const values = series(1_000, (i) => 1e12 * (1 + (random() - 0.5) * (i < 900 ? 1e-14 : 1e-10)));
  assert.deepEqual(alarms(values), []);
  assert.deepEqual(alarms(series(1_000, () => 1e12)), []);
});
