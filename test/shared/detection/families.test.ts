import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { labelledSeries } from './families/index.js';
import { scoreFamilies, scoresOf } from './families/score.js';

test('the same seed gives the same series, another one other series', () => {
  const one = labelledSeries(1, 3);
  assert.deepEqual(labelledSeries(1, 3), one);
  assert.notDeepEqual(labelledSeries(1, 4), one);
});

test('every series has values, times that do not go back, and labels behind the probation', () => {
  for (const { name, points, labels } of labelledSeries(2, 5)) {
    assert.ok(points.length >= 1_000, `${name}: ${points.length} points`);
    assert.ok(points.every(({ at }, i) => at >= (points[i - 1]?.at ?? 0)));
    assert.ok(points.filter(({ value }) => value !== null && Number.isFinite(value)).length > 900);
    assert.ok(
      labels.length > 0 && labels.every((label) => label >= 0.12 * points.length),
      `${name} ${labels}`,
    );
  }
});

test('the ensemble scores over 55 on the families, with its threshold chosen on other families', () => {
  const all = labelledSeries(3, 11);
  const result = scoreFamilies(all, (series) => scoresOf(series, ensemble()));
  assert.ok(result.score > 55, `${result.score}`);
});

test('what says something at random scores next to nothing', () => {
  const all = labelledSeries(2, 11);
  const result = scoreFamilies(all, ({ points }) =>
    Float64Array.from(points, (_, i) => ((i * 7_919) % 1_009) / 1_009),
  );
  assert.ok(result.score < 30, `${result.score}`);
});
