import type { Millis } from '../core/clock.js';
import type { QuotaAlgorithm } from '../tenancy/profile.js';
import { Excess } from './excess.js';
import {
  type Amounts,
  type Exceeded,
  exceededOf,
  type LimitState,
  type PerSecond,
  QUANTITIES,
  type Quantity,
  type QuotaLimits,
} from './limits.js';
import { burstMsOf, type Meter } from './meter.js';
import { meterOf } from './meter-of.js';

/** Of a rate that has become 0, what was taken never drains. */
const MAX_RESET_S = 86_400;

/** What is counted of one tenant, or of one of its keys. */
export class Account {
  /** Of the limits that it counts against. */
  version = Number.NaN;
  share = Number.NaN;
  #algorithm: QuotaAlgorithm | null = null;
  #burstS = 0;
  /** In the order of {@link QUANTITIES}; null for no limit. */
  #meters: (Meter | null)[] = QUANTITIES.map(() => null);
  readonly #excess = new Excess();

  constructor(readonly of: 'tenant' | 'key') {}

  /** What was taken stays taken, unless it is to be counted by another algorithm. */
  use({ algorithm, burstS }: QuotaLimits, limits: PerSecond, share: number, version: number): void {
    const same = algorithm === this.#algorithm;
    for (const [i, quantity] of QUANTITIES.entries()) {
      const limit = limits[quantity];
      const rate = limit === null ? null : { perSecond: limit * share, burstS };
      const meter = same ? (this.#meters[i] ?? null) : null;
      if (rate === null) this.#meters[i] = null;
      else if (meter === null) this.#meters[i] = meterOf(algorithm, rate);
      else meter.use(rate);
    }
    this.#algorithm = algorithm;
    this.#burstS = burstMsOf(burstS) / 1_000;
    this.share = share;
    this.version = version;
  }

  /** One in the same state, which goes its own way from now on. */
  copy(): Account {
    const copy = new Account(this.of);
    copy.version = this.version;
    copy.share = this.share;
    copy.#algorithm = this.#algorithm;
    copy.#burstS = this.#burstS;
    copy.#meters = this.#meters.map((meter) => meter?.copy() ?? null);
    return copy;
  }

  /** Whether there is any limit. */
  get limited(): boolean {
    return this.#meters.some((meter) => meter !== null);
  }

  fits(points: number, bytes: number, events: number, now: Millis): boolean {
    return this.#fits(0, points, now) && this.#fits(1, bytes, now) && this.#fits(2, events, now);
  }

  take({ points, bytes, events }: Amounts, now: Millis): void {
    this.add(points, bytes, events, now);
  }

  add(points: number, bytes: number, events: number, now: Millis): void {
    if (points !== 0) this.#meters[0]?.take(points, now);
    if (bytes !== 0) this.#meters[1]?.take(bytes, now);
    if (events !== 0) this.#meters[2]?.take(events, now);
  }

  /** The limit that it has to wait for longest; null when it fits. */
  exceeded(amounts: Amounts, now: Millis, lastingAfterMs: Millis): Exceeded | null {
    if (this.fits(amounts.points, amounts.bytes, amounts.events, now)) return null;
    const waits = QUANTITIES.map((quantity, i) => {
      const amount = amounts[quantity];
      return amount === 0 ? 0 : (this.#meters[i]?.waitMs(amount, now) ?? 0);
    });
    const longest = waits.reduce((most, wait, i) => (wait > (waits[most] as number) ? i : most), 0);
    const waitMs = waits[longest] as number;
    const state = this.#state(longest, this.#meters[longest] as Meter, now);
    return exceededOf(state, waitMs, this.#excess.refused(now) >= lastingAfterMs);
  }

  states(now: Millis): LimitState[] {
    return this.#meters.flatMap((meter, i) => (meter === null ? [] : [this.#state(i, meter, now)]));
  }

  #fits(i: number, amount: number, now: Millis): boolean {
    if (amount === 0) return true;
    const meter = this.#meters[i];
    return meter === null || meter === undefined || meter.available(now) >= amount;
  }

  #state(i: number, meter: Meter, now: Millis): LimitState {
    return {
      quantity: QUANTITIES[i] as Quantity,
      of: this.of,
      limit: Math.floor(meter.capacity),
      windowS: this.#burstS,
      remaining: Math.floor(meter.available(now)),
      resetS: Math.min(MAX_RESET_S, Math.ceil(meter.resetMs(now) / 1_000)),
    };
  }
}
