import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requireRoom, withGaps } from '../../../../../services/api/queries/series/gaps.js';
import {
  comparable,
  planOf,
  SOURCES,
  shifted,
  type Wanted,
} from '../../../../../services/api/queries/series/plan.js';
import { TactusError } from '../../../../../shared/core/errors.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTHS = { raw: 1, windows: 10_000, '1m': MINUTE, '1h': HOUR, '1d': DAY };

const wanted = (more: Partial<Wanted>): Wanted => ({
  ...{ start: 0, end: HOUR, resolutionMs: null, source: null, allowed: SOURCES, isGrouped: false },
  maxPoints: 11_000,
  ...more,
});

describe('the plan of a query', () => {
  it('reads the coarsest figures that its resolution allows', () => {
    const cases = [
      [10 * MINUTE, null, 'raw', 0],
      [HOUR, null, 'windows', 10_000],
      [DAY, null, '1m', 300_000],
      [30 * DAY, null, '1h', HOUR],
      [365 * DAY, null, '1d', DAY],
      [DAY, MINUTE, '1m', MINUTE],
      [DAY, 90 * MINUTE, '1m', 90 * MINUTE],
      [30 * DAY, 2 * HOUR, '1h', 2 * HOUR],
      [HOUR, 20_000, 'windows', 20_000],
      [HOUR, 1_000, 'raw', 1_000],
    ] as const;
    for (const [range, resolutionMs, source, stepMs] of cases) {
      const plan = planOf(wanted({ end: range, resolutionMs }));
      assert.deepEqual([plan.source, plan.stepMs], [source, stepMs], `${range} ${resolutionMs}`);
    }
  });

  it('refuses a resolution that its source does not have, and too many points', () => {
    const message = (more: Partial<Wanted>) => {
      try {
        planOf(wanted(more));
      } catch (error) {
        return error instanceof TactusError ? `${error.code} ${error.message}` : String(error);
      }
      return '';
    };
    assert.match(
      message({ source: '1h', resolutionMs: MINUTE }),
      /^TACTUS_REQUEST_INVALID resolution: .* 1h .* 1m$/,
    );
    assert.match(
      message({ source: 'raw', allowed: ['1m'] }),
      /^TACTUS_REQUEST_INVALID source: must be one of 1m/,
    );
    assert.match(message({ resolutionMs: 1_000, allowed: ['windows', '1m'] }), /must be a multiple of 10s/);
    assert.match(message({ end: 30 * DAY, resolutionMs: MINUTE }), /^TACTUS_QUERY_TOO_LARGE .*43200 points/);
  });

  it('is that of an earlier period, whose steps begin so much earlier', () => {
    const plan = planOf(wanted({ end: HOUR, resolutionMs: MINUTE }));
    assert.deepEqual(shifted(plan, -DAY), { ...plan, start: -DAY, end: HOUR - DAY });
    const back = 90_000;
    assert.deepEqual(shifted(plan, -back), { ...plan, start: -back, end: HOUR - back, origin: -30_000 });
    assert.deepEqual(comparable(SOURCES, DAY), SOURCES);
    assert.deepEqual(comparable(SOURCES, back), ['raw', 'windows']);
    assert.throws(() => comparable(['windows', '1m'], 5_000), {
      message: 'compare: must be a multiple of 10s for this: value was 5s',
    });
  });

  it('covers the range, in steps that its source has, and never too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 1, max: 400 * DAY }),
        fc.constantFrom(null, ...SOURCES),
        fc.boolean(),
        (start, range, source, isGrouped) => {
          const end = start + range;
          const plan = planOf(wanted({ start, end, source, isGrouped, maxPoints: 100_000_000 }));
          assert.ok(plan.start <= start && plan.end >= end);
          if (plan.stepMs === 0) return assert.ok(plan.source === 'raw' && !isGrouped);
          assert.equal(plan.stepMs % LENGTHS[plan.source], 0);
          assert.equal(plan.start % plan.stepMs, 0);
          assert.ok(plan.end - end < plan.stepMs && start - plan.start < plan.stepMs);
          assert.ok((plan.end - plan.start) / plan.stepMs <= 1_002);
        },
      ),
    );
  });

  it('has room for so many points, those that are missing included', () => {
    const plan = { source: 'windows', stepMs: 10_000, start: 0, end: 10_000 * 10_000 } as const;
    requireRoom(50, plan);
    assert.throws(() => requireRoom(51, plan), /resolution: 10s gives 510000 points in 51 series/);
    requireRoom(1_000_000, { ...plan, stepMs: 0 });
  });

  it('shows what is missing as null', () => {
    const plan = { source: '1m', stepMs: MINUTE, start: 0, end: 3 * MINUTE } as const;
    assert.deepEqual(withGaps([[MINUTE, 5]], plan), [
      [0, null],
      [MINUTE, 5],
      [2 * MINUTE, null],
    ]);
  });
});
