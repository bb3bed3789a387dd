import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stddevOf, sumOf } from '../../shared/windows/aggregate.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';
import { type ClosedWindow, PaneStore } from '../../shared/windows/pane-store.js';

interface Point {
  readonly series: string;
  readonly value: number;
  readonly at: number;
}

const definitions = fc
  .record({ advance: fc.integer({ min: 1, max: 20 }), times: fc.integer({ min: 1, max: 6 }) })
  .map(
    ({ advance, times }): WindowDefinition => ({
      name: 'w',
      sizeMs: advance * times,
      advanceMs: advance,
      graceMs: 0,
      metrics: '*',
      tenants: '*',
      groupBy: null,
    }),
  );
const points = fc.array(
  fc.record({
    series: fc.constantFrom('a', 'b', 'c'),
    value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    at: fc.integer({ min: 0, max: 300 }),
  }),
  { maxLength: 80 },
);

/** Windows by the book: every point is put into every window that contains it. */
function expected(definition: WindowDefinition, input: readonly Point[]): Map<string, number[]> {
  const windows = new Map<string, number[]>();
  for (const { series, value, at } of input) {
    for (let start = -600; start <= 300; start++) {
      if (start % definition.advanceMs !== 0 || at < start || at >= start + definition.sizeMs) continue;
      const key = `${series}@${start}`;
      windows.set(key, [...(windows.get(key) ?? []), value]);
    }
  }
  return windows;
}

function run(definition: WindowDefinition, input: readonly Point[], closeAt: readonly number[] = []) {
  const store = new PaneStore<string>(definition, 1_000);
  const closed: ClosedWindow<string>[] = [];
  input.forEach(({ series, value, at }, index) => {
    store.add(series, () => series, value, at, index, Number.NEGATIVE_INFINITY);
  });
  for (const watermark of [...closeAt].sort((a, b) => a - b)) store.close(watermark, (w) => closed.push(w));
  store.close(10_000, (w) => closed.push(w));
  return { store, closed };
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

describe('PaneStore', () => {
  it('gives the figures of every window that has points, each once', () => {
    fc.assert(
      fc.property(
        definitions,
        points,
        fc.array(fc.integer({ min: 0, max: 400 })),
        (definition, input, ats) => {
          const wanted = expected(definition, input);
          const { store, closed } = run(definition, input, ats);
          const found = new Map(closed.map((w) => [`${w.series}@${w.start}`, w]));
          assert.equal(found.size, closed.length, 'a window was emitted twice');
          assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
          for (const [key, values] of wanted) {
            const { aggregate } = found.get(key) as ClosedWindow<string>;
            const mean = values.reduce((a, b) => a + b, 0) / values.length;
            const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
            assert.equal(aggregate.count, values.length);
            assert.ok(close(sumOf(aggregate), mean * values.length));
            assert.ok(close(stddevOf(aggregate) ** 2, variance) || Math.abs(variance) < 1e-3);
            assert.equal(aggregate.min, Math.min(...values));
            assert.equal(aggregate.max, Math.max(...values));
          }
          assert.equal(store.size, 0, 'panes are left behind');
        },
      ),
    );
  });

  it('counts a late point in its open windows and names the closed ones', () => {
    fc.assert(
      fc.property(
        definitions,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 400 }),
        (d, at, mark) => {
          const store = new PaneStore<string>(d, 1_000);
          const { outcome, missed } = store.add('a', () => 'a', 1, at, 0, mark);
          const starts: number[] = [];
          for (let start = -600; start <= at; start++)
            if (start % d.advanceMs === 0 && at < start + d.sizeMs) starts.push(start);
          assert.deepEqual(
            [...missed],
            starts.filter((start) => start + d.sizeMs <= mark),
          );
          assert.equal(outcome, missed.length === starts.length ? 'late' : 'counted');
          const emitted: number[] = [];
          store.close(10_000, (w) => emitted.push(w.start));
          assert.deepEqual(
            emitted,
            starts.filter((start) => start + d.sizeMs > mark),
          );
        },
      ),
    );
  });

  it('takes first and last by event time, and by arrival at equal times', () => {
    const definition = {
      name: 'w',
      sizeMs: 10,
      advanceMs: 10,
      graceMs: 0,
      metrics: '*',
      tenants: '*',
      groupBy: null,
    };
    const { closed } = run(definition, [
      { series: 'a', value: 1, at: 5 },
      { series: 'a', value: 2, at: 3 },
      { series: 'a', value: 3, at: 3 },
      { series: 'a', value: 4, at: 5 },
    ]);
    assert.equal(closed[0]?.aggregate.first, 2);
    assert.equal(closed[0]?.aggregate.last, 4);
  });

  it('refuses points of a new series beyond the limit and goes on with the known ones', () => {
    const definition = {
      name: 'w',
      sizeMs: 10,
      advanceMs: 10,
      graceMs: 0,
      metrics: '*',
      tenants: '*',
      groupBy: null,
    };
    const store = new PaneStore<string>(definition, 1);
    const add = (series: string) => store.add(series, () => series, 1, 1, 0, 0).outcome;
    assert.deepEqual([add('a'), add('b'), add('a')], ['counted', 'full', 'counted']);
  });
});
