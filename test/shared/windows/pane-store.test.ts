import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CELL, COUNT, FIRST, LAST, MAX, MIN, stddevOf, sumOf } from '../../../shared/windows/cells.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { limitOf } from '../../../shared/windows/group-limits.js';
import { type Missed, PaneStore } from '../../../shared/windows/pane-store.js';
import { ClosedRows, mergePanes, Pane } from '../../../shared/windows/rows.js';

interface Point {
  readonly series: string;
  readonly value: number;
  readonly at: number;
}

const definitions = fc
  .record({ advance: fc.integer({ min: 1, max: 20 }), times: fc.integer({ min: 1, max: 6 }) })
  .map(
    ({ advance, times }): AlignedDefinition => ({
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

/** Windows by definition: every point is put into every window that contains it. */
function expected(definition: AlignedDefinition, input: readonly Point[]): Map<string, number[]> {
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

interface Closed {
  readonly series: string;
  readonly window: string;
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly stddev: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

const NAMES = ['a', 'b', 'c'];

type Store = PaneStore<number, Pane, AlignedDefinition>;

function storeOf(all: readonly AlignedDefinition[], maxGroups: number, maxPanes?: number): Store {
  return new PaneStore(all, limitOf(maxGroups), () => new Pane(), maxPanes);
}

function closeInto(store: Store, time: number, closed: Closed[]): void {
  store.close(time, (definition, start, _end, _watermark, panes) => {
    const rows = new ClosedRows();
    mergePanes(panes, rows);
    const { groups, cells } = rows;
    for (let row = 0; row < rows.length; row++) {
      const at = row * CELL;
      closed.push({
        series: NAMES[groups[row] as number] as string,
        window: definition.name,
        start,
        count: cells[at + COUNT] as number,
        sum: sumOf(cells, at),
        stddev: stddevOf(cells, at),
        min: cells[at + MIN] as number,
        max: cells[at + MAX] as number,
        first: cells[at + FIRST] as number,
        last: cells[at + LAST] as number,
      });
    }
    rows.clear();
  });
}

function run(
  all: readonly AlignedDefinition[],
  input: readonly Point[],
  closeAt: readonly number[] = [],
): { store: Store; closed: Closed[] } {
  const store = storeOf(all, 1_000);
  const closed: Closed[] = [];
  input.forEach(({ series, value, at }, index) => {
    store.add(NAMES.indexOf(series), { value, at, offset: index, time: Number.NEGATIVE_INFINITY }, []);
  });
  for (const time of [...closeAt].sort((a, b) => a - b)) closeInto(store, time, closed);
  closeInto(store, 10_000, closed);
  return { store, closed };
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

const TUMBLING: AlignedDefinition = {
  name: 'w',
  sizeMs: 10,
  advanceMs: 10,
  graceMs: 0,
  metrics: '*',
  tenants: '*',
  groupBy: null,
};

describe('PaneStore', () => {
  it('gives the figures of every window of every definition that has points, each once', () => {
    fc.assert(
      fc.property(
        fc.array(definitions, { minLength: 1, maxLength: 3 }),
        points,
        fc.array(fc.integer({ min: 0, max: 400 })),
        (shapes, input, times) => {
          const all = shapes.map((shape, i) => ({ ...shape, name: `w${i}` }));
          const { store, closed } = run(all, input, times);
          const found = new Map(closed.map((w) => [`${w.window}/${w.series}@${w.start}`, w]));
          assert.equal(found.size, closed.length, 'a window was emitted twice');
          const wanted = all.flatMap((definition) =>
            [...expected(definition, input)].map(
              ([key, values]) => [`${definition.name}/${key}`, values] as const,
            ),
          );
          assert.deepEqual([...found.keys()].sort(), wanted.map(([key]) => key).sort());
          for (const [key, values] of wanted) {
            const window = found.get(key) as Closed;
            const mean = values.reduce((a, b) => a + b, 0) / values.length;
            const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
            assert.equal(window.count, values.length);
            assert.ok(close(window.sum, mean * values.length));
            assert.ok(close(window.stddev ** 2, variance) || Math.abs(variance) < 1e-3);
            assert.equal(window.min, Math.min(...values));
            assert.equal(window.max, Math.max(...values));
          }
          assert.equal(store.size, 0, 'panes are left behind');
        },
      ),
    );
  });

  it('counts a late point in its open windows and names the closed ones', () => {
    fc.assert(
      fc.property(
        fc.array(definitions, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 400 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 2 }),
        (shapes, at, time, graces) => {
          const all = shapes.map((shape, i) => ({ ...shape, name: `w${i}`, graceMs: graces[i] as number }));
          const store = storeOf(all, 1_000);
          const missed: Missed[] = [];
          store.add(0, { value: 1, at, offset: 0, time }, missed);
          const around = all.flatMap(({ name, sizeMs, advanceMs, graceMs }) => {
            const starts: { window: string; start: number; closed: boolean }[] = [];
            for (let start = -600; start <= at; start++)
              if (start % advanceMs === 0 && at < start + sizeMs)
                starts.push({ window: name, start, closed: start + sizeMs <= time - graceMs });
            return starts;
          });
          const names = (list: readonly { window: string; start: number }[]) =>
            list.map(({ window, start }) => `${window}@${start}`).sort();
          assert.deepEqual(names(missed), names(around.filter(({ closed }) => closed)));
          const emitted: Closed[] = [];
          closeInto(store, 10_000, emitted);
          assert.deepEqual(names(emitted), names(around.filter(({ closed }) => !closed)));
        },
      ),
    );
  });

  it('takes first and last by event time, and by arrival at equal times', () => {
    const { closed } = run(
      [TUMBLING],
      [
        { series: 'a', value: 1, at: 5 },
        { series: 'a', value: 2, at: 3 },
        { series: 'a', value: 3, at: 3 },
        { series: 'a', value: 4, at: 5 },
      ],
    );
    assert.deepEqual([closed[0]?.first, closed[0]?.last], [2, 4]);
  });

  it('refuses points of a new series beyond the limit and goes on with the known ones', () => {
    const store = storeOf([TUMBLING], 1);
    const add = (group: number) => store.add(group, { value: 1, at: 1, offset: 0, time: 0 }, []);
    assert.deepEqual([add(0), add(1), add(0)], ['counted', 'full', 'counted']);
  });

  it('leaves room for others beside a tenant that has its share of a pane', () => {
    const limits = { max: 6, maxOfTenant: 3, tenantOf: (group: number) => (group % 2 === 0 ? 'a' : 'b') };
    const store: Store = new PaneStore([TUMBLING], limits, () => new Pane());
    const add = (group: number, at = 1) => store.add(group, { value: 1, at, offset: 0, time: 0 }, []);
    assert.deepEqual([add(0), add(2), add(1), add(4)], ['counted', 'counted', 'counted', 'counted']);
    assert.deepEqual([add(6), add(4), add(6, 11)], ['share', 'counted', 'counted']);
    assert.deepEqual([add(3), add(5), add(7), add(0)], ['counted', 'counted', 'full', 'counted']);
    closeInto(store, 10, []);
    assert.equal(store.size, 1);
  });

  it('refuses points that would need one pane more than the limit', () => {
    const store = storeOf([TUMBLING], 1_000, 2);
    const add = (at: number) => store.add(0, { value: 1, at, offset: 0, time: 0 }, []);
    assert.deepEqual([add(5), add(15), add(25), add(16)], ['counted', 'counted', 'full', 'counted']);
    closeInto(store, 10, []);
    assert.equal(add(25), 'counted');
  });

  it('uses its panes again without a trace of what was in them', () => {
    const store = storeOf([TUMBLING], 1_000);
    const closed: Closed[] = [];
    for (let round = 0; round < 20; round++) {
      const at = round * 10;
      store.add(round % 3, { value: round, at, offset: round, time: at }, []);
      closeInto(store, round * 10 + 10, closed);
    }
    assert.deepEqual(
      closed.map(({ series, count, sum }) => [series, count, sum]),
      Array.from({ length: 20 }, (_, round) => [NAMES[round % 3], 1, round]),
    );
  });

  it('holds no more for points ahead of time than for as many points in time, whatever was in the panes before', () => {
    const store = storeOf([{ ...TUMBLING, graceMs: 0 }], 1_000_000);
    const SERIES = 20_000;
    const bytes = () => {
      let sum = 0;
      store.eachPane((pane) => {
        sum += pane.bytes;
      });
      return sum;
    };
    const round = (at: number) => {
      for (let group = 0; group < SERIES; group++)
        store.add(group, { value: 1, at, offset: 0, time: at }, []);
    };
    for (let at = 0; at < 60; at += 10) {
      round(at);
      closeInto(store, at + 10, []);
    }
    round(60);
    const before = bytes();
    // 600 panes ahead, one of them in each round made of one that all series were in.
    for (let at = 60; at < 120; at += 10) {
      for (let ahead = at + 10; ahead < at + 6_000; ahead += 10)
        store.add(SERIES - 1, { value: 1, at: ahead, offset: 0, time: at }, []);
      closeInto(store, at + 10, []);
      round(at + 10);
    }
    assert.ok(bytes() < before + 4_000_000, `${bytes()} instead of ${before}`);
  });
});
