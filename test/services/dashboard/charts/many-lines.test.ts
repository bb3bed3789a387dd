import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Line } from '../../../../services/dashboard/charts/lines.js';
import {
  heightsWithin,
  inViewOf,
  manyOf,
  thinned,
  trace,
} from '../../../../services/dashboard/charts/many-lines.js';
import type { ChartPoint } from '../../../../services/dashboard/charts/series.js';

const pointsOf = (values: readonly (number | null)[]): ChartPoint[] =>
  values.map((value, i) => [i * 10, value]);

const traced = (values: readonly (number | null)[]) => {
  const steps: string[] = [];
  const at = { x: { zero: 5, unit: 1 }, y: { zero: 100, unit: -1 } };
  const alone = trace(pointsOf(values), at, {
    moveTo: (x, y) => steps.push(`M${x} ${y}`),
    lineTo: (x, y) => steps.push(`L${x} ${y}`),
  });
  return { steps: steps.join(' '), alone };
};

describe('many lines', () => {
  it('are broken by gaps, and a value between two of them is a point', () => {
    assert.deepEqual(traced([1, 2, null, 4, null, 5, 6]), {
      steps: 'M5 99 L15 98 M35 96 M55 95 L65 94',
      alone: [35, 96],
    });
    assert.deepEqual(traced([null, 2]), { steps: 'M15 98', alone: [15, 98] });
    assert.deepEqual(traced([]), { steps: '', alone: [] });
  });

  it('are those of values, from so many on that nobody follows one of them', () => {
    const of = (count: number) => Array.from({ length: count }, (_, i): Line => ({ of: i, is: 'value' }));
    assert.deepEqual(manyOf(of(40)), []);
    assert.equal(manyOf(of(41)).length, 41);
    const band: Line[] = [
      { of: 0, is: 'upper' },
      { of: 0, is: 'lower' },
    ];
    assert.deepEqual(manyOf([...band, ...of(41)]).slice(0, 2), [2, 3]);
  });

  it('have what is in view, and the points that lead out of it, which do not count for the heights', () => {
    const points = pointsOf([9, 1, 2, 3, 9, 9]);
    const span = { start: 10, end: 25 };
    const shown = inViewOf([points], span);
    assert.deepEqual(shown, [points.slice(0, 4)]);
    assert.deepEqual(heightsWithin(shown, span), [1, 2]);
    assert.equal(heightsWithin([[[20, null]]], span), null);
  });

  it('keep the lowest and the highest where there are more points than can be drawn, and gaps', () => {
    const values = fc.array(fc.option(fc.integer()), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 50 }), (all, most) => {
        const points = pointsOf(all);
        const kept = thinned(points, most);
        assert.ok(kept.length <= most + 2, `${kept.length} of ${most}`);
        assert.deepEqual(
          kept.map(([time]) => time),
          kept.map(([time]) => time).toSorted((a, b) => a - b),
        );
        for (const point of kept) assert.ok(points.includes(point));
        const everything = { start: 0, end: 10_000 };
        assert.deepEqual(heightsWithin([kept], everything), heightsWithin([points], everything));
      }),
    );
    const gap = [...Array(100).fill(1), ...Array(100).fill(null), ...Array(100).fill(2)];
    assert.ok(thinned(pointsOf(gap), 30).some(([, value]) => value === null));
  });

  it('are bounded, however long each is', () => {
    const long = pointsOf(Array.from({ length: 20_000 }, (_, i) => i % 97));
    const shown = inViewOf(Array(100).fill(long), { start: 0, end: 200_000 });
    assert.ok(shown.reduce((sum, { length }) => sum + length, 0) <= 121_000);
  });
});
