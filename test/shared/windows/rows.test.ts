import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CELL, writeFigures } from '../../../shared/windows/cells.js';
import { ClosedRows, mergePanes, Pane } from '../../../shared/windows/rows.js';
import { LARGEST_VALUE } from '../../../shared/wire/metric-point-reader.js';

/** Count, sum, min, max, mean, stddev, first, last of a window of these panes. */
function figuresOf(panes: readonly (readonly number[])[]): number[] {
  const rows = new ClosedRows();
  const filled = panes.map((values) => {
    const pane = new Pane();
    values.forEach((value, at) => {
      pane.add(0, value, at);
    });
    return pane;
  });
  mergePanes(filled, rows);
  const figures = new Float64Array(8);
  writeFigures(rows.cells, 0 * CELL, figures);
  return [...figures];
}

/** The same value, or each other sign, so many times. */
const alternating = (value: number, times: number) =>
  Array.from({ length: times }, (_, i) => (i % 2 === 0 ? value : -value));

describe('the figures of a window', () => {
  it('are right for many of the largest values that are let in', () => {
    const many = 50_000;
    const same = Array.from({ length: many }, () => LARGEST_VALUE);
    const [count, sum, min, max, mean, stddev] = figuresOf([same, same]) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    assert.deepEqual([count, min, max], [2 * many, LARGEST_VALUE, LARGEST_VALUE]);
    assert.ok(Math.abs(sum / (2 * many * LARGEST_VALUE) - 1) < 1e-12);
    assert.ok(Math.abs(mean / LARGEST_VALUE - 1) < 1e-12);
    assert.ok(stddev < 1e-9 * LARGEST_VALUE);
    const minus = same.map((value) => -value);
    const apart = figuresOf([same, minus]);
    assert.ok(Math.abs(apart[1] as number) < 1e-9 * LARGEST_VALUE);
    assert.ok(Math.abs((apart[5] as number) / LARGEST_VALUE - 1) < 1e-9, `${apart[5]}`);
    const mixed = figuresOf([alternating(LARGEST_VALUE, many), alternating(LARGEST_VALUE, many)]);
    assert.ok(Math.abs((mixed[5] as number) / LARGEST_VALUE - 1) < 1e-9, `${mixed[5]}`);
  });

  it('are finite for any finite values, and within what the values allow', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(1.5e308, -1.5e308, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -0),
    );
    const panes = fc.array(fc.array(value, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(panes, (given) => {
        if (given.every(({ length }) => length === 0)) return;
        const figures = figuresOf(given);
        assert.ok(figures.every(Number.isFinite), figures.join());
        const [, , min, max, mean, stddev] = figures as [number, number, number, number, number, number];
        // Squares of what is smaller than 1e-150 have few digits, or none.
        const most = (max / 2 - min / 2) * (1 + 1e-9) + 1e-150;
        assert.ok(stddev >= 0 && stddev <= most, `${stddev} of ${min} to ${max}`);
        const slack = Math.max(Math.abs(min), Math.abs(max)) * 1e-9 + 1e-320;
        assert.ok(mean >= min - slack && mean <= max + slack, `${mean} of ${min} to ${max}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keep the mean where only the sum is more than a number holds', () => {
    const [count, sum, , , mean, stddev] = figuresOf([[1.5e308, 1.5e308]]);
    assert.deepEqual([count, sum, mean, stddev], [2, Number.MAX_VALUE, 1.5e308, 0]);
  });
});
