import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelledSeries } from './families/draft.js';
import { bestThreshold, normalised, STEPS, tally, together, windowsOf } from './numenta-score.js';

/** 1,000 points with labels at 400 and 800: windows 375 to 425 and 775 to 825. */
const series: LabelledSeries = {
  name: 'made up',
  points: Array.from({ length: 1_000 }, (_, at) => ({ at, value: 0 })),
  labels: [400, 800],
};

function score(detections: readonly number[]): number {
  const scores = new Float64Array(1_000);
  for (const at of detections) scores[at] = 1;
  return normalised(tally(series, scores), STEPS);
}

test('windows of one series together are a tenth of it', () => {
  assert.deepEqual(windowsOf(series), [
    { from: 375, to: 425 },
    { from: 775, to: 825 },
  ]);
});

test('nothing said is 0, every window found at its beginning is 100', () => {
  assert.equal(score([]), 0);
  assert.ok(Math.abs(score([375, 775]) - 100) < 0.1);
});

test('an early detection is worth more than a late one, and a second one in the window nothing', () => {
  assert.ok(score([375]) > score([400]) && score([400]) > score([424]));
  assert.equal(score([400]), score([400, 410, 424]));
  assert.ok(Math.abs(score([400]) - (100 * (0.848 / 0.987 + 1)) / 4) < 0.5);
});

test('a false alarm costs 0.11 of a window at most, less just behind one, and nothing on probation', () => {
  assert.ok(Math.abs(score([200]) + 11 / 4) < 1e-9);
  assert.ok(score([430]) < 0 && score([430]) > score([700]));
  assert.equal(score([100]), 0);
});

test('each threshold is scored as if only what reaches it had been said', () => {
  const scores = new Float64Array(1_000);
  scores[400] = 0.5;
  scores[420] = 0.9;
  scores[600] = 0.7;
  const all = tally(series, scores);
  const at = (threshold: number) => normalised(all, Math.round(threshold * STEPS));
  const same = (one: number, other: number) => assert.ok(Math.abs(one - other) < 1e-9, `${one} ${other}`);
  same(at(0.9), score([420]));
  same(at(0.7), score([420, 600]));
  same(at(0.5), score([400, 420, 600]));
});

test('the best threshold of several series is that of their sum', () => {
  const low = new Float64Array(1_000);
  low[375] = 0.4;
  const high = new Float64Array(1_000);
  high[775] = 0.8;
  const both = together([tally(series, low), tally(series, high)]);
  assert.ok(Math.abs(bestThreshold(both) / STEPS - 0.4) < 0.001);
  assert.equal(both.windows, 4);
});
