import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { Random } from './families/random.js';
import { series } from './generators.js';
import { resultsOf } from './run.js';

/** Rows at which a sensor is reported as stuck, with what was usual and seen. */
function stuckAt(values: readonly number[]) {
  const observations = values.map((value, i) => ({ at: i * 60_000, value }));
  return resultsOf(observations, ensemble()).flatMap(({ reason }, i) =>
    reason?.parts[0] === 'stuck' ? [{ row: i, usual: reason.usual, seen: reason.seen }] : [],
  );
}

test('400 equal values in noise are reported once, as soon as they are more than usual', () => {
  const random = new Random(1);
  const noise = series(3_000, () => Math.round(100 * (20 + random.normal())) / 100);
  const held = noise[2_000] ?? 0;
  const found = stuckAt(noise.map((value, i) => (i >= 2_000 && i < 2_400 ? held : value)));
  assert.equal(found.length, 1);
  assert.ok((found[0]?.row ?? 0) > 2_000 && (found[0]?.row ?? 0) < 2_030);
  assert.ok((found[0]?.seen ?? 0) >= 3 * (found[0]?.usual ?? 0));
});

test('zeros among a few events, coarse values and constants are not stuck', () => {
  const random = new Random(2);
  assert.deepEqual(stuckAt(series(5_000, () => random.poisson(0.8))), []);
  assert.deepEqual(stuckAt(series(5_000, () => Math.round(3 * random.normal()))), []);
  assert.deepEqual(stuckAt(series(2_000, (i) => (i % 500 === 0 ? 2 : 1))), []);
});
