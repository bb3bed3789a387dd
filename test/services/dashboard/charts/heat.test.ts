import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boxOf, cellOf, differencesOf, heatOf, isInBox } from '../../../../services/dashboard/charts/heat.js';
import type { ChartPoint, ChartSeries } from '../../../../services/dashboard/charts/series.js';

const span = { start: 0, end: 100 };
const cells = { columns: 10, rows: 4 };
const seriesOf = (points: readonly ChartPoint[], tags: Record<string, string> = {}): ChartSeries => ({
  ...{ name: JSON.stringify(tags), points, tags },
});

describe('a heatmap', () => {
  it('counts each value of the range once, in the cell whose box it is in', () => {
    const points = fc.array(
      fc.tuple(
        fc.integer({ min: -20, max: 120 }),
        fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
      ),
    );
    fc.assert(
      fc.property(points, (all) => {
        const inRange = all.filter(([time, value]) => time >= 0 && time < 100 && value !== null);
        const heat = heatOf([seriesOf(all)], span, cells);
        if (heat === null) return assert.equal(inRange.length, 0);
        assert.equal(
          heat.counts.reduce((a, b) => a + b, 0),
          inRange.length,
        );
        for (const [time, value] of inRange) {
          const cell = cellOf(heat, time, value as number);
          const box = boxOf(heat, cell, cell);
          const near = (heat.high - heat.low) * 1e-9;
          const wide = { ...box, low: box.low - near, high: box.high + near };
          assert.ok(heat.low === heat.high || isInBox([time, value], wide));
        }
      }),
    );
  });

  it('is boxed in whichever direction', () => {
    const heat = heatOf(
      [
        seriesOf([
          [0, 0],
          [50, 8],
        ]),
      ],
      span,
      cells,
    );
    assert.ok(heat !== null);
    const [a, b] = [
      { column: 4, row: 3 },
      { column: 2, row: 1 },
    ];
    assert.deepEqual(boxOf(heat, a, b), { start: 20, end: 50, low: 2, high: 8 });
    assert.deepEqual(boxOf(heat, b, a), boxOf(heat, a, b));
  });
});

describe('differencesOf', () => {
  it('has the tags first that a box has and the rest has not', () => {
    const course = (value: number) => Array.from({ length: 10 }, (_, i): ChartPoint => [i * 10, value]);
    const series = [
      seriesOf(course(1), { host: 'a', region: 'eu', plan: 'x' }),
      seriesOf(course(9), { host: 'b', region: 'us', plan: 'x' }),
      seriesOf(course(1), { host: 'c', region: 'us', plan: 'x' }),
    ];
    const box = { start: 0, end: 50, low: 5, high: 10 };
    assert.deepEqual(differencesOf(series, span, box), [
      { name: 'host', value: 'b', inside: 1, outside: 5 / 25 },
      { name: 'host', value: 'a', inside: 0, outside: 10 / 25 },
      { name: 'region', value: 'eu', inside: 0, outside: 10 / 25 },
      { name: 'region', value: 'us', inside: 1, outside: 15 / 25 },
      { name: 'host', value: 'c', inside: 0, outside: 10 / 25 },
    ]);
    assert.deepEqual(differencesOf([], span, box), []);
  });
});
