import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CELL, COUNT, MAX, sumOf } from '../../../shared/windows/cells.js';
import { limitOf } from '../../../shared/windows/group-limits.js';
import type { Missed } from '../../../shared/windows/pane-store.js';
import { PaneStore } from '../../../shared/windows/pane-store.js';
import { ClosedRows, mergePanes } from '../../../shared/windows/rows.js';
import { sessionRows } from '../../../shared/windows/session-rows.js';
import { SessionStore } from '../../../shared/windows/session-store.js';
import { QuantileSketch, RELATIVE_ACCURACY } from '../../../shared/windows/sketch.js';
import { mergeSketches, SketchPane } from '../../../shared/windows/sketch-pane.js';

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1];
/** Both signs, zero, and magnitudes over 14 powers of ten. */
const numbers = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -100, max: 100 }),
  fc
    .tuple(fc.constantFrom(1, -1), fc.double({ min: -5, max: 9, noNaN: true }))
    .map(([sign, exponent]) => sign * 10 ** exponent),
);
/** All numbers that there are, in the smallest and the largest magnitudes. */
const extremes = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 40,
});
const samples = fc.array(numbers, { minLength: 1, maxLength: 200, size: 'max' });

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

function answers(sketch: QuantileSketch): number[] {
  return QUANTILES.map((q) => sketch.quantile(q));
}

/** Whether `answer` is within the accuracy of the value at the rank. */
function near(answer: number, values: readonly number[], q: number): boolean {
  const sorted = [...values].sort((a, b) => a - b);
  const wanted = sorted[Math.floor(q * (sorted.length - 1))] as number;
  return Math.abs(answer - wanted) <= Math.abs(wanted) * RELATIVE_ACCURACY * 1.000_001;
}

describe('QuantileSketch', () => {
  it('answers within the relative accuracy for values of both signs', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const sketch = sketchOf(values);
        assert.equal(sketch.count, values.length);
        for (const q of QUANTILES) assert.ok(near(sketch.quantile(q), values, q), `q ${q}`);
      }),
    );
  });

  const parts = fc.array(fc.nat(3), { minLength: 200, maxLength: 200, size: 'max' });
  it('gives the same answers however the values are split, ordered and merged', () => {
    fc.assert(
      fc.property(fc.oneof(samples, extremes), parts, (values, part) => {
        const merged = new QuantileSketch();
        for (const number of [2, 0, 3, 1])
          merged.merge(sketchOf(values.filter((_, i) => part[i] === number).reverse()));
        assert.equal(merged.count, values.length);
        assert.deepEqual(answers(merged), answers(sketchOf(values)));
      }),
    );
  });

  it('leaves the merged sketch as it was', () => {
    const [a, b] = [sketchOf([1, -2]), sketchOf([3, -4])];
    const into = new QuantileSketch();
    into.merge(a);
    into.merge(b);
    into.add(1_000);
    assert.deepEqual([answers(a), answers(b)], [answers(sketchOf([1, -2])), answers(sketchOf([3, -4]))]);
  });

  it('keeps the large values exact when the range is too wide for its bins', () => {
    fc.assert(
      fc.property(extremes, fc.integer({ min: -100, max: 100 }), (values, exponent) => {
        const large = Array.from({ length: 60 }, (_, i) => 10 ** (exponent + i / 4));
        const small = values.filter((value) => Math.abs(value) < 10 ** exponent);
        const all = [...small, ...large];
        const sketch = sketchOf(all);
        for (let i = 0; i < 60; i++) {
          const q = (small.length + i + 0.5) / (all.length - 1);
          if (q < 1) assert.ok(near(sketch.quantile(q), all, q));
        }
      }),
    );
  });

  it('leaves out what is not a finite number', () => {
    const sketch = sketchOf([Number.NaN, Number.POSITIVE_INFINITY]);
    assert.deepEqual([sketch.count, sketch.quantile(0), sketch.quantile(0.5)], [0, Number.NaN, Number.NaN]);
    sketch.add(7);
    assert.deepEqual([sketch.count, sketch.quantile(0.5)], [1, 7]);
  });
});

describe('SketchPane', () => {
  it('gives the quantiles of overlapping windows, also from panes that are used again', () => {
    const window = { name: 'w', sizeMs: 30, advanceMs: 10, graceMs: 0 };
    const store = new PaneStore<number, SketchPane, typeof window>(
      [window],
      limitOf(10),
      () => new SketchPane(),
    );
    const points = Array.from({ length: 200 }, (_, i) => ({
      at: i,
      value: ((i * 37) % 101) - 50,
      group: i % 2,
    }));
    let windows = 0;
    for (const { at, value, group } of points) {
      store.close(at, (_, start, end, __, panes) => {
        const rows = new ClosedRows();
        mergePanes(panes, rows);
        rows.groups.subarray(0, rows.length).forEach((each, row) => {
          const inside = points.filter((p) => p.group === each && p.at >= start && p.at < end);
          const values = inside.map((p) => p.value);
          assert.equal(rows.cells[row * CELL + COUNT], values.length);
          assert.deepEqual(answers(mergeSketches(panes, each)), answers(sketchOf(values)));
          windows += 1;
        });
      });
      store.add(group, { value, at, offset: at, time: at }, []);
    }
    assert.equal(windows, 38);
  });
});

describe('sessionRows', () => {
  it('gives the figures and quantiles of sessions that a point has joined', () => {
    const session = { name: 's', gapMs: 10, graceMs: 50, maxMs: 100 };
    const store = new SessionStore(session, limitOf(10), sessionRows(true));
    const missed: Missed[] = [];
    for (const [i, [at, value]] of [
      [0, 5],
      [15, 7],
      [8, -3],
    ].entries())
      store.add(0, { value: value as number, at: at as number, offset: i, time: 15 }, missed);
    const seen: unknown[] = [];
    store.close(75, (_, group, start, end, __, { cells, sketch }) =>
      seen.push([group, start, end, cells[COUNT], sumOf(cells, 0), cells[MAX], sketch?.quantile(0)]),
    );
    assert.deepEqual(seen, [[0, 0, 25, 3, 9, 7, -3]]);
    assert.deepEqual(missed, []);
  });
});
