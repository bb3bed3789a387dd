import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  SeriesCache,
  type SeriesCacheCounts,
  type SeriesTable,
} from '../../../../services/gateway/points/series-cache.js';

interface Value {
  readonly key: string;
  readonly bytes: number;
}

function viewOf(key: string): DataView {
  const bytes = Buffer.from(key, 'latin1');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What a decoder does with a key. */
function look(table: SeriesTable<Value>, key: string, bytes = 100): Value {
  const view = viewOf(key);
  const end = view.byteLength;
  const expected = table.next(view, 0, end);
  if (expected !== null && table.keyLength === end) return expected;
  const found = table.find(view, 0, end);
  if (found !== null) return found;
  const value = { key, bytes };
  table.add(view, 0, end, value);
  return value;
}

const NOON = 1_700_049_600_000;
const keyOf = (n: number) => `series ${n} with some labels, ended\n`;

describe('SeriesCache', () => {
  it('never gives a value of another key, tenant or format, and keeps within its bounds', () => {
    const use = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c', 'd'),
      format: fc.constantFrom('x', 'y'),
      // Now and then many new ones.
      keys: fc.oneof(
        fc.array(fc.nat(50), { maxLength: 30 }),
        fc.nat(1_000_000).map((from) => Array.from({ length: 200 }, (_, i) => from + i)),
      ),
      after: fc.constantFrom(0, 1_000, 700_000),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 40 }), (uses) => {
        const limits = { maxBytes: 120_000, maxTenantBytes: 60_000 };
        const cache = new SeriesCache(limits);
        let now = NOON;
        for (const { tenant, format, keys, after } of uses) {
          now += after;
          const table = cache.open<Value>(tenant, format, now);
          for (const n of keys) {
            const key = `${tenant} ${format} ${keyOf(n)}`;
            assert.equal(look(table, key).key, key);
            assert.ok(cache.bytes <= limits.maxBytes && table.bytes <= limits.maxTenantBytes);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what was used last', () => {
    const cache = new SeriesCache({ maxBytes: 2 ** 30, maxTenantBytes: 500_000 });
    const table = cache.open<Value>('a', 'x', NOON);
    const hot = look(table, keyOf(-1));
    for (let n = 0; n < 20_000; n++) {
      look(table, keyOf(n));
      if (n % 100 === 0) assert.equal(look(table, keyOf(-1)), hot);
    }
    const counts = cache.counts.get('x') as SeriesCacheCounts;
    assert.ok(counts.evicted > 10_000);
    const before = counts.misses;
    look(table, keyOf(19_999));
    assert.equal(counts.misses, before);
    look(table, keyOf(0));
    assert.equal(counts.misses, before + 1);
  });

  it('takes from the tenant that has most, and from idle ones first', () => {
    const cache = new SeriesCache({ maxBytes: 1_000_000, maxTenantBytes: 2_000_000 });
    const idle = look(cache.open<Value>('idle', 'x', NOON), keyOf(1));
    const now = NOON + 3_600_000;
    const small = Array.from({ length: 100 }, (_, n) => look(cache.open<Value>('small', 'x', now), keyOf(n)));
    const large = cache.open<Value>('large', 'x', now);
    for (let n = 0; n < 50_000; n++) look(large, keyOf(n));
    for (const [n, value] of small.entries())
      assert.equal(look(cache.open<Value>('small', 'x', now), keyOf(n)), value);
    assert.notEqual(look(cache.open<Value>('idle', 'x', now), keyOf(1)), idle);
  });

  it('is bounded with any number of tenants', () => {
    const cache = new SeriesCache({ maxBytes: 300_000, maxTenantBytes: 100_000 });
    for (let n = 0; n < 2_000; n++) {
      look(cache.open<Value>(`tenant ${n}`, 'x', NOON), keyOf(n));
      assert.ok(cache.bytes <= 300_000);
    }
  });

  it('counts by format, whatever is forgotten', () => {
    const cache = new SeriesCache({ maxBytes: 300_000, maxTenantBytes: 100_000 });
    for (let n = 0; n < 2_000; n++) {
      const format = n % 3 === 0 ? 'x' : 'y';
      look(cache.open<Value>(`tenant ${n % 50}`, format, NOON), keyOf(n));
      const counts = [...cache.counts.values()];
      assert.equal(
        counts.reduce((sum, { bytes }) => sum + bytes, 0),
        cache.bytes,
      );
    }
    const { x, y } = Object.fromEntries(cache.counts);
    assert.deepEqual([x?.misses, y?.misses], [667, 1_333]);
    assert.ok((x?.evicted ?? 0) > 0 && (y?.evicted ?? 0) > 0);
  });

  it('does not keep a key longer than any in earnest', () => {
    const cache = new SeriesCache({ maxBytes: 1_000_000, maxTenantBytes: 2_000_000 });
    const table = cache.open<Value>('a', 'x', NOON);
    const key = 'k'.repeat(20_000);
    assert.notEqual(look(table, key), look(table, key));
    assert.equal(table.size, 0);
  });
});
