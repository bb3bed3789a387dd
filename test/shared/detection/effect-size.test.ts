import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectSize, learnRange } from '../../../shared/detection/effect-size.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { emptyState, HIGH, LONG, LOW } from '../../../shared/detection/parts/series-state.js';
import { series } from './generators.js';
import { alarmsOf } from './run.js';

function alarms(values: readonly number[]): number[] {
  return alarmsOf(
    values.map((value, i) => ({ at: i * 60_000, value })),
    ensemble(),
  );
}

test('a constant at 100 that is once 0.04 higher is no anomaly, and one that falls to 60 is', () => {
  const odd = (value: number) => alarms(series(4_000, (i) => (i === 3_500 ? value : 100)));
  assert.deepEqual(odd(100.04), []);
  assert.deepEqual(odd(60), [3_500]);
});

test('a constant at 100 that is 0.04 higher now and then is no anomaly for weeks either', () => {
  const values = series(4_032, (i) => ([900, 1_735, 3_204, 3_541].includes(i) ? 100.04 : 100));
  const given = values.map((value, i) => ({ at: i * 600_000, value }));
  assert.deepEqual(alarmsOf(given, ensemble()), []);
});

test('a deviation counts in full from a twentieth of the range on, from the mean or from the season', () => {
  const state = emptyState();
  state.extras[LOW] = 0;
  state.extras[HIGH] = 100;
  state.numbers[LONG] = 50;
  const of = (value: number, season = Number.NaN) =>
    effectSize(state, { at: 0, value, season, count: 1_000 });
  assert.equal(of(55), 1);
  assert.equal(of(50), 0);
  assert.equal(of(51.25), 0.5);
  assert.equal(of(50, 80), 1);
});

test('the range takes in each value at once and narrows slowly', () => {
  const state = emptyState();
  learnRange(state, 100);
  assert.deepEqual([state.extras[LOW], state.extras[HIGH]], [0, 100]);
  for (let i = 0; i < 5_000; i++) learnRange(state, 50);
  const [low = 0, high = 0] = [state.extras[LOW], state.extras[HIGH]];
  assert.ok(low > 25 && high < 75 && low <= 50 && high >= 50, `${low} to ${high}`);
});
