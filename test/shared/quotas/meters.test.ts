import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { meterOf } from '../../../shared/quotas/meter-of.js';
import { QUOTA_ALGORITHMS, type QuotaAlgorithm } from '../../../shared/tenancy/profile.js';

const NOON = 1_700_049_600_000;
const ROUNDING = 1e-6;

interface Taken {
  readonly at: number;
  readonly amount: number;
}

const rates = fc.record({
  perSecond: fc.constantFrom(0.5, 1, 7, 100, 12_345.6),
  burstS: fc.constantFrom(0.1, 1, 2.5, 10),
});
/** Milliseconds since the request before, and what part of the capacity is asked for. */
const requests = fc.array(
  fc.record({
    after: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.integer({ min: 0, max: 20_000 })),
    part: fc.oneof(
      fc.double({ min: 0, max: 0.1, noNaN: true }),
      fc.double({ min: 0, max: 1.2, noNaN: true }),
    ),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Takes what fits, in order. */
function taken(
  algorithm: QuotaAlgorithm,
  rate: { perSecond: number; burstS: number },
  asked: readonly { after: number; part: number }[],
): { all: Taken[]; capacity: number } {
  const meter = meterOf(algorithm, rate);
  const all: Taken[] = [];
  let now = NOON;
  for (const { after, part } of asked) {
    now += after;
    const amount = part * meter.capacity;
    if (amount > meter.available(now)) continue;
    meter.take(amount, now);
    // A clock that is set back does not turn time back.
    all.push({ at: Math.max(now, all.at(-1)?.at ?? now), amount });
  }
  return { all, capacity: meter.capacity };
}

/** The most that was taken in `[start, start + ms)`, whatever `start` is. */
function mostIn(ms: number, all: readonly Taken[]): number {
  return Math.max(
    0,
    ...all.map(({ at }) =>
      all
        .filter((other) => other.at >= at && other.at < at + ms)
        .reduce((sum, { amount }) => sum + amount, 0),
    ),
  );
}

/** The most in any T ms, T included, for all T that matter, as a multiple of what is promised. */
function assertBounded(all: readonly Taken[], promised: (ms: number) => number): void {
  for (const [i, first] of all.entries()) {
    let sum = 0;
    for (const { at, amount } of all.slice(i)) {
      sum += amount;
      const most = promised(at - first.at);
      assert.ok(sum <= most * (1 + ROUNDING) + ROUNDING, `${sum} in ${at - first.at} ms, promised ${most}`);
    }
  }
}

describe('a meter', () => {
  it('token-bucket lets in at most a burst and the rate, in any time', () => {
    fc.assert(
      fc.property(rates, requests, (rate, asked) => {
        const { all, capacity } = taken('token-bucket', rate, asked);
        assertBounded(all, (ms) => capacity + (rate.perSecond * ms) / 1_000);
      }),
    );
  });

  it('leaky-bucket lets in at most a second and the rate, in any time, but for one larger request', () => {
    fc.assert(
      fc.property(rates, requests, (rate, asked) => {
        const { all } = taken('leaky-bucket', rate, asked);
        const holds = Math.max(1, rate.perSecond);
        const largest = Math.max(holds, ...all.map(({ amount }) => amount));
        assertBounded(all, (ms) => largest + (rate.perSecond * ms) / 1_000);
      }),
    );
  });

  it('sliding-window lets in at most the limit in any window', () => {
    fc.assert(
      fc.property(rates, requests, (rate, asked) => {
        const { all, capacity } = taken('sliding-window', rate, asked);
        const most = mostIn(rate.burstS * 1_000, all);
        assert.ok(most <= capacity * (1 + ROUNDING), `${most} of ${capacity}`);
      }),
    );
  });

  it('fixed-window lets in at most the limit in each window', () => {
    fc.assert(
      fc.property(rates, requests, (rate, asked) => {
        const { all, capacity } = taken('fixed-window', rate, asked);
        const windows = new Map<number, number>();
        for (const { at, amount } of all) {
          const window = Math.floor(at / (rate.burstS * 1_000));
          windows.set(window, (windows.get(window) ?? 0) + amount);
        }
        for (const sum of windows.values()) assert.ok(sum <= capacity * (1 + ROUNDING));
      }),
    );
  });

  for (const algorithm of QUOTA_ALGORITHMS) {
    it(`${algorithm} lets in what fits after the time that it states, and not long before`, () => {
      fc.assert(
        fc.property(rates, requests, fc.double({ min: 0.001, max: 1, noNaN: true }), (rate, asked, part) => {
          const meter = meterOf(algorithm, rate);
          let now = NOON;
          for (const { after, part: some } of asked) {
            now = Math.max(now, now + after);
            meter.take(Math.min(some * meter.capacity, meter.available(now)), now);
          }
          const amount = part * meter.capacity * (1 - ROUNDING);
          const wait = meter.waitMs(amount, now);
          const reset = meter.resetMs(now);
          assert.ok(Number.isFinite(wait) && wait >= 0);
          if (wait > 2) assert.ok(meter.available(now + wait - 1) < amount + (rate.perSecond * 2) / 1_000);
          assert.ok(meter.available(now + wait + 1) >= amount);
          assert.ok(meter.available(now + Math.max(wait, reset) + 1) >= meter.capacity * (1 - ROUNDING));
        }),
      );
    });

    it(`${algorithm} uses its rate: who asks for the rest all the time gets nearly all of it`, () => {
      const meter = meterOf(algorithm, { perSecond: 1_000, burstS: 10 });
      let sum = 0;
      for (let now = NOON; now < NOON + 100_000; now += 100) {
        const amount = Math.min(100, meter.available(now));
        meter.take(amount, now);
        sum += amount;
      }
      assert.ok(sum >= 97_000 && sum <= 110_000, String(sum));
    });

    it(`${algorithm} never takes more than its capacity at once, and says so`, () => {
      const meter = meterOf(algorithm, { perSecond: 10, burstS: 10 });
      assert.equal(meter.waitMs(meter.capacity, NOON), 0);
      assert.equal(meter.waitMs(meter.capacity + 1, NOON), Number.POSITIVE_INFINITY);
      assert.equal(meterOf(algorithm, { perSecond: 0, burstS: 10 }).available(NOON), 0);
    });

    it(`${algorithm} keeps what was taken when the rate changes, and takes it back`, () => {
      const meter = meterOf(algorithm, { perSecond: 10, burstS: 10 });
      meter.take(meter.capacity, NOON);
      assert.equal(meter.available(NOON), 0);
      meter.use({ perSecond: 10, burstS: 5 });
      assert.equal(meter.available(NOON), 0);
      meter.use({ perSecond: 10, burstS: 10 });
      meter.take(-60, NOON);
      assert.ok(meter.waitMs(5, NOON) < meter.waitMs(90, NOON) || algorithm === 'fixed-window');
    });
  }
});
