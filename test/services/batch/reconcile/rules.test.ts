import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type {
  StoredFigures,
  StoredIncrease,
  StreamFigures,
} from '../../../../services/batch/reconcile/figures.js';
import {
  allProcessed,
  finalRangeOf,
  type PartitionSnapshot,
} from '../../../../services/batch/reconcile/final-range.js';
import { findingOf } from '../../../../services/batch/reconcile/finding.js';
import {
  lastEnd,
  slotAt,
  slotsOfMinutes,
  splitIntoSlots,
} from '../../../../services/batch/reconcile/slots.js';
import { type AlignedDefinition, DEFAULT_DEFINITIONS } from '../../../../shared/windows/definition.js';
import { delayQuantile } from '../../../../shared/windows/delays.js';
import { fingerprintOf } from '../../../../shared/windows/position.js';
import { completeness, emptyTally } from '../../../../shared/windows/tally.js';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 15, 12);
const [TEN_SECONDS, ONE_MINUTE] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];
const TOLERANCE = 1e-9;

const definitions = fc
  .tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 12 }))
  .map(([advance, panes]) => ({ ...TEN_SECONDS, advanceMs: advance * 100, sizeMs: advance * 100 * panes }));

describe('slots', () => {
  it('hold every window that a point of a minute is in', () => {
    fc.assert(
      fc.property(
        definitions,
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.integer({ min: 0, max: 59_999 }),
        (d, n, ms) => {
          const at = n * MINUTE + ms;
          const marked = slotsOfMinutes(d, [n * MINUTE]);
          for (
            let start = Math.floor(at / d.advanceMs) * d.advanceMs;
            start > at - d.sizeMs;
            start -= d.advanceMs
          ) {
            const slot = slotAt(d, start);
            assert.ok(marked.includes(slot.start));
            assert.ok(start + d.sizeMs <= lastEnd(d, slot));
          }
        },
      ),
    );
  });

  it('mark one slot for a minute of tumbling windows', () => {
    assert.deepEqual(slotsOfMinutes(TEN_SECONDS, [NOON]), [NOON]);
    assert.deepEqual(slotsOfMinutes(ONE_MINUTE, [NOON]), [NOON - MINUTE, NOON]);
  });

  it('cover a stretch without gap or overlap', () => {
    const pieces = [...splitIntoSlots(ONE_MINUTE, NOON + 5_000, NOON + 150_001)];
    assert.deepEqual(
      pieces.map(({ start, end }) => [start - NOON, end - NOON]),
      [
        [5_000, 60_000],
        [60_000, 120_000],
        [120_000, 150_001],
      ],
    );
    assert.deepEqual([...splitIntoSlots(ONE_MINUTE, NOON, NOON)], []);
  });
});

describe('what is settled', () => {
  const since = Object.fromEntries(DEFAULT_DEFINITIONS.map((d) => [fingerprintOf(d), 0]));
  const partition = (
    change: Partial<PartitionSnapshot> & { time?: number; offset?: number; known?: object } = {},
  ): PartitionSnapshot => ({
    partition: 0,
    low: 0,
    high: 100,
    committed: {
      offset: change.offset ?? 90,
      position: {
        next: 100,
        time: { highest: change.time ?? NOON, time: change.time ?? NOON },
        since: { ...since, ...change.known },
      },
    },
    ...('low' in change || 'high' in change || 'committed' in change ? change : {}),
  });

  it('reaches to the watermark of the partition that is furthest behind', () => {
    const { until } = finalRangeOf(TEN_SECONDS, [partition(), partition({ time: NOON - 7_000 })]);
    assert.equal(until, NOON - 7_000 - TEN_SECONDS.graceMs);
  });

  it('is not held up by a partition without records, or without open windows', () => {
    const empty = partition({ low: 7, high: 7, committed: null });
    const idle = partition({ time: NOON - 86_400_000, offset: 100 });
    assert.equal(finalRangeOf(TEN_SECONDS, [empty, idle, partition()]).until, NOON - TEN_SECONDS.graceMs);
    assert.equal(finalRangeOf(TEN_SECONDS, [empty, idle]).until, Number.POSITIVE_INFINITY);
  });

  it('is nothing while a partition with records has no position', () => {
    const unread = partition({ low: 0, high: 3, committed: null });
    assert.equal(finalRangeOf(TEN_SECONDS, [partition(), unread]).until, Number.NEGATIVE_INFINITY);
  });

  it('begins where the definition came into force, and waits for that', () => {
    const changed = { ...TEN_SECONDS, graceMs: 1_000 };
    assert.equal(finalRangeOf(changed, [partition()]).until, Number.NEGATIVE_INFINITY);
    const taken = partition({ known: { [fingerprintOf(changed)]: NOON - MINUTE } });
    assert.deepEqual(finalRangeOf(changed, [taken]), { since: NOON - MINUTE, until: NOON - 1_000 });
  });

  it('is all processed when the position is at the end of each log', () => {
    assert.ok(allProcessed([partition(), partition({ low: 5, high: 5, committed: null })]));
    assert.ok(!allProcessed([partition(), { ...partition(), high: 101 }]));
  });
});

describe('the cause of a difference', () => {
  const stored = (change: Partial<StoredFigures> = {}): StoredFigures => ({
    ...{ count: 3, sum: 6, weight: 6, min: 1, max: 3, stddev: Math.sqrt(2 / 3) },
    ...{ firsts: [1], lasts: [3], quantiles: null, counters: 0, increase: null },
    ...{ members: 0, distinct: null },
    ...change,
  });
  const stream = (change: Partial<StreamFigures> = {}): StreamFigures => ({
    ...{ count: 3, sum: 6, min: 1, max: 3, mean: 2, stddev: Math.sqrt(2 / 3), first: 1, last: 3 },
    ...{ increase: null, distinct: null },
    ...change,
  });
  const two = stored({ count: 2, sum: 3, weight: 3, max: 2, stddev: 0.5, lasts: [2] });
  const streamOfTwo = stream({ count: 2, sum: 3, max: 2, mean: 1.5, stddev: 0.5, last: 2 });
  const compare = (of: Parameters<typeof findingOf>[0]) => {
    const { cause, stored: all, counted, late } = findingOf(of, TOLERANCE);
    return [cause, all, counted, late];
  };

  it('is none when the figures are the same, or differ by their last digits', () => {
    const all = stored();
    assert.deepEqual(compare({ stream: stream(), all, inTime: all }), [null, 3, 3, 0]);
    assert.deepEqual(compare({ stream: stream({ sum: 6 + 1e-12 }), all, inTime: all }), [null, 3, 3, 0]);
  });

  it('is none when a point came again, late: it counts', () => {
    assert.deepEqual(compare({ stream: stream(), all: stored(), inTime: two }), [null, 3, 3, 0]);
  });

  it('is none for either of several first and last points of the same time', () => {
    const all = stored({ firsts: [1, 2], lasts: [3, 2] });
    assert.deepEqual(compare({ stream: stream({ first: 2, last: 2 }), all, inTime: all }), [null, 3, 3, 0]);
  });

  it('is late when exactly the late points lack', () => {
    assert.deepEqual(compare({ stream: streamOfTwo, all: stored(), inTime: two }), ['late', 3, 2, 1]);
    assert.deepEqual(compare({ stream: null, all: stored(), inTime: null }), ['late', 3, 0, 3]);
  });

  it('is missing when points lack that were not late', () => {
    const all = stored();
    assert.deepEqual(compare({ stream: streamOfTwo, all, inTime: all }), ['missing', 3, 2, 0]);
    assert.deepEqual(compare({ stream: null, all, inTime: all }), ['missing', 3, 0, 0]);
    assert.deepEqual(compare({ stream: null, all, inTime: two }), ['missing', 3, 0, 1]);
  });

  it('is duplicated when more points count than there are', () => {
    const all = stored();
    assert.deepEqual(compare({ stream: stream({ count: 4, sum: 9 }), all, inTime: all }), [
      'duplicated',
      3,
      3,
      0,
    ]);
  });

  it('is wrong when another figure differs, or there is no point at all', () => {
    const all = stored();
    for (const figure of ['sum', 'min', 'max', 'mean', 'stddev', 'first', 'last'] as const)
      assert.deepEqual(compare({ stream: stream({ [figure]: 77 }), all, inTime: all }), ['wrong', 3, 3, 0]);
    assert.deepEqual(compare({ stream: stream({ count: 3, sum: 7, mean: 7 / 3 }), all, inTime: two }), [
      'duplicated',
      3,
      2,
      1,
    ]);
    assert.deepEqual(compare({ stream: stream(), all: null, inTime: null }), ['wrong', 0, 0, 0]);
  });

  describe('with counters', () => {
    const rising = (sum: number | null, change: Partial<StoredIncrease> = {}) =>
      stored({ counters: 3, increase: { sum, weight: Math.abs(sum ?? 0), tied: false, ...change } });
    const causeOf = (increase: number | null, all: StoredFigures, inTime = all) =>
      findingOf({ stream: stream({ increase }), all, inTime }, TOLERANCE).cause;

    it('is none when the increase is the same, or cannot be known', () => {
      assert.equal(causeOf(2, rising(2)), null);
      assert.equal(causeOf(2 + 1e-9, rising(2)), null);
      assert.equal(causeOf(7, rising(2, { tied: true })), null);
      assert.equal(causeOf(7, rising(null)), null);
      assert.equal(causeOf(null, rising(null)), null);
    });

    it('is wrong when the increase is another, lacks, or is one of no counters', () => {
      assert.equal(causeOf(2 + 1e-8, rising(2)), 'wrong');
      assert.equal(causeOf(null, rising(2)), 'wrong');
      assert.equal(causeOf(0, stored()), 'wrong');
      assert.equal(causeOf(null, rising(2, { tied: true })), 'wrong');
    });

    it('is late when the increase is right but for a late point before the window', () => {
      const finding = findingOf(
        { stream: stream({ increase: 5 }), all: rising(2), inTime: rising(5) },
        TOLERANCE,
      );
      assert.deepEqual(
        [finding.cause, finding.late, finding.counted, finding.detail],
        ['late', 0, 3, 'its increase begins at a point that was late'],
      );
    });
  });
});

describe('the cause of a difference in members', () => {
  const all: StoredFigures = {
    ...{ count: 3, sum: 6, weight: 6, min: 1, max: 3, stddev: Math.sqrt(2 / 3), firsts: [1], lasts: [3] },
    ...{ quantiles: null, counters: 0, increase: null, members: 3, distinct: 2 },
  };
  const causeOf = (distinct: number | null, stored = all, change: Partial<StreamFigures> = {}) => {
    const stream: StreamFigures = {
      ...{ count: 3, sum: 6, min: 1, max: 3, mean: 2, stddev: Math.sqrt(2 / 3), first: 1, last: 3 },
      ...{ increase: null, distinct, ...change },
    };
    return findingOf({ stream, all: stored, inTime: stored }, TOLERANCE).cause;
  };

  it('is none for the same number, and wrong for any other', () => {
    assert.equal(causeOf(2), null);
    assert.equal(causeOf(3), 'wrong');
    assert.equal(causeOf(0, { ...all, members: 0, distinct: null }), 'wrong');
  });

  it('is refused where the number lacks and all else is right', () => {
    assert.equal(causeOf(null), 'refused');
    assert.equal(causeOf(null, all, { sum: 7 }), 'wrong');
    assert.equal(causeOf(null, all, { count: 2 }), 'missing');
  });

  it('is late where points are, whether the number lacks as well or not', () => {
    const late = { ...all, count: 4, members: 4, distinct: 3 };
    const stream: StreamFigures = {
      ...{ count: 3, sum: 6, min: 1, max: 3, mean: 2, stddev: Math.sqrt(2 / 3), first: 1, last: 3 },
      ...{ increase: null, distinct: 2 },
    };
    const found = (distinct: number | null) =>
      findingOf({ stream: { ...stream, distinct }, all: late, inTime: all }, TOLERANCE).cause;
    assert.equal(found(2), 'late');
    assert.equal(found(null), 'late');
    assert.equal(found(3), 'wrong');
  });
});

describe('ratios and delays', () => {
  it('do not let a point that counts twice make up for one that lacks', () => {
    assert.equal(completeness({ ...emptyTally(), stored: 4, counted: 2, late: 1 }), 0.75);
    assert.equal(completeness(emptyTally()), 1);
  });

  it('give quantiles within 1 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 3_600_000 }), { minLength: 1 }),
        fc.constantFrom(0, 0.5, 0.95, 1),
        (ms, q) => {
          const delays: Record<string, number> = {};
          for (const each of ms) {
            const bucket = Math.max(0, Math.ceil(Math.log(each) / Math.log(1.02)));
            delays[bucket] = (delays[bucket] ?? 0) + 1;
          }
          const exact = [...ms].sort((a, b) => a - b)[Math.floor(q * (ms.length - 1))] as number;
          assert.ok(Math.abs((delayQuantile(delays, q) as number) - exact) <= exact * 0.0101);
        },
      ),
    );
    assert.equal(delayQuantile({}, 0.5), null);
  });
});
