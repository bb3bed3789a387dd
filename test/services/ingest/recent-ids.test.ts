import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HashTable, TextHash } from '../../../services/ingest/hash-table.js';
import { DUPLICATE, FIRST, RecentIds } from '../../../services/ingest/recent-ids.js';

const NOW = 1_700_000_000_000;

function hashOf(...texts: readonly string[]): [low: number, high: number] {
  const hash = new TextHash();
  hash.begin();
  for (const text of texts) hash.add(Buffer.from(text), 0, Buffer.byteLength(text));
  hash.finish();
  return [hash.low, hash.high];
}

describe('TextHash', () => {
  it('gives a million ids of all forms different hashes, and each half as few equal ones as chance does', () => {
    const whole = new Set<bigint>();
    const halves = [new Set<number>(), new Set<number>()] as const;
    const count = 1_000_000;
    for (let i = 0; i < count; i++) {
      const [low, high] = hashOf('acme', i % 2 === 0 ? `id-${i}` : (i * 7).toString(36).padStart(20, '0'));
      whole.add((BigInt(low >>> 0) << 32n) | BigInt(high >>> 0));
      halves[0].add(low);
      halves[1].add(high);
    }
    assert.equal(whole.size, count);
    // Expected are n^2 / 2^33 = 116 pairs.
    for (const half of halves) assert.ok(count - half.size < 200, `${count - half.size} equal`);
  });

  it('distinguishes where one text ends and the next begins', () => {
    assert.notDeepEqual(hashOf('a', 'bc'), hashOf('ab', 'c'));
    assert.notDeepEqual(hashOf('', 'a'), hashOf('a', ''));
    assert.notDeepEqual(hashOf('a'), hashOf('a\0'));
  });

  it('says whether all bytes were printable ASCII', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 11 }), (array) => {
        const hash = new TextHash();
        hash.add(Buffer.from(array), 0, array.length);
        assert.equal(
          hash.plain,
          array.every((byte) => byte >= 0x20 && byte < 0x7f),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('HashTable', () => {
  it('finds what was added and not deleted, whatever the collisions', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (all) => {
        const table = new HashTable();
        const there = new Map<number, number>();
        let next = 0;
        for (const [id, add] of all) {
          // Low halves of few values, so that chains run into each other and around the end.
          const low = -1 - (id % 4);
          const entry = there.get(id);
          if (add && entry === undefined) {
            table.add(low, id, next);
            there.set(id, next++);
          } else if (!add && entry !== undefined) {
            table.delete(entry);
            there.delete(id);
          }
        }
        for (let id = 0; id <= 40; id++) assert.equal(table.find(-1 - (id % 4), id), there.get(id) ?? -1);
        assert.equal(table.size, there.size);
      }),
    );
  });
});

describe('RecentIds', () => {
  it('agrees with a plain map of ids, for any course of ids and times', () => {
    // Up to 200 days: an id may be remembered for long where a partition stands still.
    const gap = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 200 * 86_400_000 }));
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), gap), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1_000 }), (all, windowMs) => {
        const ids = new RecentIds(windowMs, 100_000);
        const accepted = new Map<number, number>();
        let time = NOW;
        all.forEach(([id, gap], offset) => {
          time += gap;
          ids.clock(0, time);
          const [low, high] = hashOf(String(id));
          const before = accepted.get(id);
          const wanted = before !== undefined && time - before <= windowMs ? DUPLICATE : FIRST;
          assert.equal(ids.look(low, high, 0, offset, time, false), wanted);
          if (wanted === DUPLICATE) return;
          accepted.set(id, time);
          ids.add(low, high, 7, 0, offset, time, false);
        });
        const live = [...accepted.values()].filter((at) => time - at <= windowMs).length;
        assert.ok(ids.size >= live);
      }),
    );
  });

  it('accepts an id again after any time longer than the window, while a partition that stands still keeps it', () => {
    const day = 86_400_000;
    fc.assert(
      fc.property(fc.integer({ min: 601_000, max: 400 * day }), (since) => {
        const ids = new RecentIds(600_000, 1_000);
        // Of partition 1 nothing has been read since: no id is old for it.
        for (const partition of [0, 1]) ids.clock(partition, NOW);
        const [low, high] = hashOf('id');
        ids.add(low, high, 7, 0, 0, NOW, false);
        ids.clock(0, NOW + since);
        assert.equal(ids.look(low, high, 0, 1, NOW + since, false), FIRST);
      }),
    );
  });

  it('forgets an id once all partitions have been read further than the window, however they go on, come and go', () => {
    const WINDOW_MS = 3;
    const clock = fc.record({ partition: fc.nat(2), time: fc.nat(8) });
    const release = fc.record({ partition: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(fc.oneof(clock, release), { maxLength: 30 }), (actions) => {
        const ids = new RecentIds(WINDOW_MS, 1_000);
        ids.add(...hashOf('first'), 7, 9, 0, NOW, false);
        const clocks = new Map<number, number>();
        let forgotten = 0;
        for (const [i, action] of actions.entries()) {
          const { partition } = action;
          if ('time' in action) {
            clocks.set(partition, Math.max(clocks.get(partition) ?? 0, action.time));
            ids.clock(partition, NOW + action.time);
          } else {
            clocks.delete(partition);
            ids.release(partition);
          }
          const oldest = Math.min(...clocks.values());
          if (Number.isFinite(oldest) && oldest > WINDOW_MS) forgotten = 1;
          // Whatever is added lets go of what is old; this is not, by any clock.
          ids.add(...hashOf(String(i)), 7, 9, i + 1, NOW + 8, false);
          assert.equal(ids.size, i + 2 - forgotten);
        }
      }),
    );
  });

  it('keeps to its bound, forgets the oldest first, and says how far back it reaches', () => {
    const ids = new RecentIds(600_000, 5_000);
    for (let i = 0; i < 20_000; i++) {
      ids.clock(0, NOW + i);
      ids.add(...hashOf(String(i)), 7, 0, i, NOW + i, false);
      assert.ok(ids.size <= 5_000);
    }
    const look = (i: number) => ids.look(...hashOf(String(i)), 0, 99_999, NOW + 20_000, false);
    assert.equal(look(14_999), FIRST);
    assert.equal(look(15_000), DUPLICATE);
    assert.equal(ids.evicted, 15_000);
    assert.equal(ids.reachMs, 4_999);
  });

  it('remembers the ids of others for the whole window while one tenant sends more than there is room for', () => {
    const ids = new RecentIds(600_000, 5_000);
    const [good, flood] = [7, 8];
    for (let i = 0; i < 100_000; i++) {
      const tenant = i % 250 === 0 ? good : flood;
      ids.clock(0, NOW + i);
      ids.add(...hashOf(String(i)), tenant, 0, i, NOW + i, false);
      assert.ok(ids.size <= 5_000);
    }
    const look = (i: number) => ids.look(...hashOf(String(i)), 0, 999_999, NOW + 100_000, false);
    for (let i = 0; i < 100_000; i += 250) assert.equal(look(i), DUPLICATE, `the id of ${i}`);
    assert.deepEqual([look(99_999), look(80_001)], [DUPLICATE, FIRST]);
    // Their own are old in time all the same.
    ids.clock(0, NOW + 700_000);
    ids.add(...hashOf('later'), good, 0, 700_000, NOW + 700_000, false);
    assert.ok(ids.size <= 1 + 400, String(ids.size));
  });

  it('decides the same when a partition is read again, whatever was accepted after it the first time', () => {
    const course = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 80 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(course, fc.constantFrom(0, 2 ** 32 - 20), (records, from) => {
        const ids = new RecentIds(100, 1_000);
        const read = () => {
          const accepted: number[] = [];
          let arrival = NOW;
          for (const [i, [id, pause]] of records.entries()) {
            arrival += pause;
            const [low, high] = hashOf(id);
            const found = ids.look(low, high, 0, from + i, arrival, false);
            if (found !== DUPLICATE) accepted.push(i);
            if (found === FIRST) ids.add(low, high, 0, 0, from + i, arrival, false);
          }
          return accepted;
        };
        const before = read();
        ids.release(0);
        assert.deepEqual(read(), before);
      }),
      { numRuns: 2_000 },
    );
  });

  it('frees what the window has passed', () => {
    const ids = new RecentIds(1_000, 1_000_000);
    for (let i = 0; i < 50_000; i++) {
      ids.clock(0, NOW + i);
      ids.add(...hashOf(String(i)), 7, 0, i, NOW + i, false);
    }
    assert.ok(ids.size <= 1_002, String(ids.size));
    assert.deepEqual([ids.evicted, ids.reachMs], [0, 1_000]);
  });
});
