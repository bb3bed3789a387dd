import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  BUCKET_MS,
  BUCKETS,
  type Bucket,
  bucketStart,
  coarserThan,
} from '../../../../services/batch/rollups/buckets.js';
import { PublishThrottle } from '../../../../services/batch/rollups/publish-throttle.js';
import { type DirtyRange, planRefresh } from '../../../../services/batch/rollups/refresh-plan.js';

const MIDNIGHT = Date.UTC(2026, 0, 15);
const MOST: Readonly<Record<Bucket, number>> = { '1m': 1_440, '1h': 744, '1d': 366 };

const range = (start: number, version = '1'): DirtyRange => ({ start, version, published: false });

/** A length of bucket, some dirty ones around a point in time, in any order, and that time. */
const situations = fc
  .record({
    bucket: fc.constantFrom(...BUCKETS),
    numbers: fc.uniqueArray(
      fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5_000, max: 200 })),
      {
        maxLength: 200,
      },
    ),
    into: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  .map(({ bucket, numbers, into }) => ({
    bucket,
    dirty: numbers.map((n, i) => range(MIDNIGHT + n * BUCKET_MS[bucket], `${i}`)),
    now: MIDNIGHT + Math.floor(into * BUCKET_MS[bucket]),
  }));

describe('the plan of a refresh', () => {
  it('takes each dirty bucket exactly once: into one call when it is over, else as open', () => {
    fc.assert(
      fc.property(situations, ({ bucket, dirty, now }) => {
        const { refresh, open } = planRefresh(bucket, dirty, now);
        const planned = [...refresh.flatMap(({ ranges }) => ranges), ...open];
        const byStart = (a: DirtyRange, b: DirtyRange) => a.start - b.start;
        assert.deepEqual(planned, [...dirty].sort(byStart));
        for (const { start } of open) assert.ok(start + BUCKET_MS[bucket] > now);
        for (const { end } of refresh) assert.ok(end <= now);
      }),
    );
  });

  it('makes calls of whole buckets in UTC, bounded, apart, in order, from a dirty one to a dirty one', () => {
    fc.assert(
      fc.property(situations, ({ bucket, dirty, now }) => {
        const length = BUCKET_MS[bucket];
        let before = Number.NEGATIVE_INFINITY;
        for (const { start, end, ranges } of planRefresh(bucket, dirty, now).refresh) {
          assert.equal(start % length, 0);
          assert.equal(end % length, 0);
          assert.ok(start >= before && end > start);
          assert.ok(end - start <= MOST[bucket] * length);
          assert.equal(ranges[0]?.start, start);
          assert.equal((ranges.at(-1)?.start ?? 0) + length, end);
          before = end;
        }
      }),
    );
  });

  it('joins buckets over short gaps, and leaves long ones out', () => {
    const minutes = [0, 1, 2, 10, 5_000].map((n) => range(MIDNIGHT + n * 60_000));
    const { refresh } = planRefresh('1m', minutes, MIDNIGHT + 10_000 * 60_000);
    assert.deepEqual(
      refresh.map(({ start, end }) => [(start - MIDNIGHT) / 60_000, (end - MIDNIGHT) / 60_000]),
      [
        [0, 11],
        [5_000, 5_001],
      ],
    );
  });

  it('takes a bucket for over at its end, to the millisecond', () => {
    const hour = [range(MIDNIGHT)];
    assert.equal(planRefresh('1h', hour, MIDNIGHT + 3_599_999).refresh.length, 0);
    assert.equal(planRefresh('1h', hour, MIDNIGHT + 3_600_000).refresh.length, 1);
  });

  it('has nothing to do when nothing is dirty', () => {
    assert.deepEqual(planRefresh('1d', [], MIDNIGHT), { refresh: [], open: [] });
  });
});

describe('buckets', () => {
  it('hold the times that they start before, also before 1970', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BUCKETS),
        fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
        (bucket, time) => {
          const start = bucketStart(bucket, time);
          assert.ok(start <= time && time < start + BUCKET_MS[bucket]);
          for (const coarser of coarserThan(bucket))
            assert.equal(bucketStart(coarser, start), bucketStart(coarser, time));
        },
      ),
    );
  });
});

describe('the throttle of publication', () => {
  const INTERVAL = 60_000;
  const hour = range(MIDNIGHT, '1');
  const changed = range(MIDNIGHT, '2');
  const over = MIDNIGHT + 3_600_000;

  it('lets through what was never published', () => {
    assert.equal(new PublishThrottle(INTERVAL).due('1h', hour, MIDNIGHT), true);
  });

  it('sends an open bucket again when it changed and the interval is over, and only then', () => {
    const throttle = new PublishThrottle(INTERVAL);
    throttle.published('1h', hour, MIDNIGHT + 1_000);
    assert.equal(throttle.due('1h', changed, MIDNIGHT + 60_999), false);
    assert.equal(throttle.due('1h', changed, MIDNIGHT + 61_000), true);
    assert.equal(throttle.due('1h', { ...hour, published: true }, MIDNIGHT + 61_000), false);
    assert.equal(throttle.due('1h', { ...hour, published: true }, over), true, 'it is over');
  });

  it('sends a bucket as soon as it is over, however short before it was sent', () => {
    const throttle = new PublishThrottle(INTERVAL);
    throttle.published('1h', hour, over - 1);
    assert.equal(throttle.due('1h', hour, over - 1), false);
    assert.equal(throttle.due('1h', hour, over), true);
  });

  it('sends an hour that changed after its end again after the interval, a minute at once', () => {
    const throttle = new PublishThrottle(INTERVAL);
    throttle.published('1h', hour, over);
    throttle.published('1m', hour, over);
    assert.equal(throttle.due('1h', changed, over + 59_999), false);
    assert.equal(throttle.due('1h', changed, over + 60_000), true);
    assert.equal(throttle.due('1m', changed, over + 1), true);
  });
});
