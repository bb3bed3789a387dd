import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChartPoint } from '../../../../../services/dashboard/charts/series.js';
import { changesOf } from '../../../../../services/dashboard/pages/explore/explained.js';

const window = { start: 100, end: 200 };
const course = (before: readonly number[], within: readonly number[]): ChartPoint[] => [
  ...before.map((value, i): ChartPoint => [10 * i, value]),
  ...within.map((value, i): ChartPoint => [100 + 10 * i, value]),
];

describe('changesOf', () => {
  it('has first what changed most for what is usual for it', () => {
    const changes = changesOf(
      [
        { name: 'noisy', points: course([0, 100, 0, 100], [100, 100]) },
        { name: 'quiet', points: course([10, 11, 10, 11], [30, 30]) },
        { name: 'same', points: course([5, 5], [5, 5]) },
        { name: 'new', points: course([], [1]) },
        { name: 'none', points: [[500, 1]] },
      ],
      window,
    );
    assert.deepEqual(
      changes.map(({ name }) => name),
      ['new', 'quiet', 'noisy', 'none', 'same'],
    );
    assert.deepEqual(changes[1], { name: 'quiet', before: 10.5, within: 30, score: 39 / 42 });
    assert.equal(changes.at(-1)?.score, 0);
  });

  it('takes the score of an anomaly in the window, not of one before it', () => {
    const one = { name: 'a', points: course([5, 5], [5, 5]) };
    const score = (start: number) =>
      changesOf([one], window, () => [{ score: 0.8, start, end: start + 10 }])[0]?.score;
    assert.equal(score(150), 0.8);
    assert.equal(score(80), 0);
  });

  it('gives each a score between 0 and 1', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), { maxLength: 5 });
    fc.assert(
      fc.property(values, values, (before, within) => {
        const [change] = changesOf([{ name: 'a', points: course(before, within) }], window);
        assert.ok(change !== undefined && change.score >= 0 && change.score <= 1);
      }),
    );
  });
});
