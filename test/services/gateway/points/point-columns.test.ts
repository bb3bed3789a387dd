import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  HISTOGRAM,
  MAX_POINTS,
  MAX_TAIL,
  PointColumns,
  SAME_ITEM,
} from '../../../../services/gateway/points/point-columns.js';
import {
  CUMULATIVE,
  DELTA,
  GAUGE,
  KINDS,
  SeriesEntry,
  seriesHash,
  seriesIdentity,
} from '../../../../services/gateway/points/series-entry.js';

const nothing = Buffer.alloc(0);
const series = new SeriesEntry('m', nothing, nothing, null);

function tailOf({ tails, tailStart, tailEnd }: PointColumns, i: number): string {
  return tails.toString('latin1', tailStart[i], tailEnd[i]);
}

describe('PointColumns', () => {
  it('keeps flags of a point, and has a place for each kind', () => {
    assert.deepEqual([KINDS[GAUGE], KINDS[DELTA], KINDS[CUMULATIVE]], ['gauge', 'delta', 'cumulative']);
    const columns = new PointColumns();
    columns.begin(() => {});
    columns.add(series, 0, 0, Number.NaN, 3, HISTOGRAM);
    columns.add(series, 0, 0, Number.NaN, 3, HISTOGRAM | SAME_ITEM);
    assert.deepEqual([...columns.flags.subarray(0, 2)], [2, 3]);
    assert.deepEqual([...columns.item.subarray(0, 2)], [3, 3]);
  });

  it('writes numbers and nanoseconds in decimal', () => {
    const columns = new PointColumns();
    const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), nanos), { maxLength: 20 }), (numbers) => {
        columns.begin(() => {});
        for (const number of numbers) {
          columns.startTail();
          if (typeof number === 'number') columns.appendNumber(number);
          else columns.appendNanos(Number(number / 1_000_000n), Number(number % 1_000_000n));
          columns.add(series, 0, 0, Number.NaN, 0, 0);
        }
        for (const [i, number] of numbers.entries()) assert.equal(tailOf(columns, i), String(number));
      }),
    );
  });

  it('passes on what is full, and keeps the tail that was begun', () => {
    const columns = new PointColumns();
    const passed: string[] = [];
    columns.begin((full) => {
      for (let i = 0; i < full.length; i++) passed.push(`${full.value[i]} ${tailOf(full, i)}`);
    });
    const count = 2 * MAX_POINTS + 10;
    for (let i = 0; i < count; i++) {
      if (i % 7 === 0) {
        columns.startTail();
        // One that no point gets.
        columns.appendNumber(1);
        columns.startTail();
        columns.appendNumber(i);
      }
      columns.add(series, i, i, Number.NaN, i, 0);
    }
    columns.flush();
    columns.flush();
    assert.equal(columns.length, 0);
    assert.deepEqual(
      passed,
      Array.from({ length: count }, (_, i) => `${i} ${i - (i % 7)}`),
    );
  });

  it('has room for the longest tail of every point', () => {
    const columns = new PointColumns();
    const longest = Buffer.alloc(MAX_TAIL, 'x');
    let passed = 0;
    columns.begin((full) => {
      for (let i = 0; i < full.length; i++) if (tailOf(full, i) === longest.toString()) passed += 1;
    });
    for (let i = 0; i < 3 * MAX_POINTS; i++) {
      columns.startTail();
      columns.appendBytes(longest, 0, longest.length);
      columns.add(series, i, i, Number.NaN, i, 0);
    }
    columns.flush();
    assert.equal(passed, 3 * MAX_POINTS);
  });
});

describe('the identity of a series', () => {
  it('is the same for any order of the tags, and another for other tags', () => {
    const tags = fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }));
    const named = fc.tuple(fc.string({ maxLength: 3 }), tags);
    const hashOf = (metric: string, tags: Record<string, string>) =>
      seriesHash(seriesIdentity(metric, tags)).toString('latin1');
    fc.assert(
      fc.property(named, named, ([metric, tags], [otherMetric, otherTags]) => {
        const reversed = Object.fromEntries(Object.entries(tags).reverse());
        assert.equal(hashOf(metric, reversed), hashOf(metric, tags));
        assert.match(hashOf(metric, tags), /^[\w-]{22}$/);
        const sorted = (metric: string, tags: Record<string, string>) =>
          JSON.stringify([metric, Object.entries(tags).sort()]);
        const same = sorted(metric, tags) === sorted(otherMetric, otherTags);
        assert.equal(hashOf(metric, tags) === hashOf(otherMetric, otherTags), same);
      }),
    );
  });
});
