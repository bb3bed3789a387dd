import type { Millis } from '../../shared/core/clock.js';
import type { Account } from '../../shared/quotas/account.js';
import type { QuotaLimits } from '../../shared/quotas/limits.js';

/** Quotas count by stretches of arrival time of this length. */
export const SLOT_MS: Millis = 250;
/** 32 s: more than a partition runs ahead of another one. */
const SLOTS = 128;
/** Points, bytes, events. */
const AMOUNTS = 3;
/** Demand is a mean over as long as a burst, within these. */
const SHORTEST_MEAN_S = 2;
const LONGEST_MEAN_S = 10;

/** The stretch of an arrival. */
export function slotOf(arrival: Millis): number {
  return Math.floor(arrival / SLOT_MS);
}

/**
 * What one tenant has sent, by when it arrived. Its partitions are read one ahead of the other: whether something fits is
 * asked as of its arrival, with what arrived before it and whatever was read of its own stretch. A tenant that keeps its quota is
 * thus refused nothing, in whichever order its partitions are read, as long as that is by {@link SLOTS} stretches at most.
 */
export class TenantLedger {
  /** Of all before what is remembered. */
  readonly #base: Account;
  /** The same, and all that is remembered up to `#viewed`. */
  #view: Account;
  #viewed = Number.NEGATIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  readonly #taken = new Float64Array(SLOTS * AMOUNTS);
  /** Most a second, in all instances; 0 for what has no limit. */
  readonly #limits = new Float64Array(AMOUNTS);
  /** What came a second, taken or not: a mean in which each stretch before counts less by `#fading`. */
  readonly #came = new Float64Array(AMOUNTS);
  #fading = 1;

  /** @param account that nothing was taken from */
  constructor(account: Account) {
    this.#base = account;
    this.#view = account.copy();
  }

  /** Takes the limits in force, unless it has them. */
  use(limits: () => QuotaLimits, share: number, version: number): void {
    if (this.#base.version === version && this.#base.share === share) return;
    const inForce = limits();
    // A bucket that holds less than comes in a stretch would never be used up.
    const own = { ...inForce, burstS: Math.max(inForce.burstS, SLOT_MS / 1_000) };
    for (const account of [this.#base, this.#view]) account.use(own, own.tenant, share, version);
    const { points, bytes, events } = own.tenant;
    this.#limits.set([points ?? 0, bytes ?? 0, events ?? 0]);
    const meanS = Math.min(LONGEST_MEAN_S, Math.max(SHORTEST_MEAN_S, own.burstS));
    this.#fading = Math.exp(-SLOT_MS / 1_000 / meanS);
  }

  /** What comes of the tenant, by its arrival, in its limit: of the quantity that is most. */
  get demand(): number {
    let most = 0;
    for (let i = 0; i < AMOUNTS; i++) {
      const limit = this.#limits[i] as number;
      if (limit > 0) most = Math.max(most, (this.#came[i] as number) / limit);
    }
    return most;
  }

  /** Something came in a stretch, whatever becomes of it; after {@link at} of that stretch. */
  came(slot: number, points: number, bytes: number, events: number): void {
    const fading = this.#fading;
    const age = this.#newest - slot;
    const factor = ((1 - fading) / (SLOT_MS / 1_000)) * (age === 0 ? 1 : fading ** age);
    const came = this.#came;
    came[0] = (came[0] as number) + points * factor;
    came[1] = (came[1] as number) + bytes * factor;
    came[2] = (came[2] as number) + events * factor;
  }

  /** What is counted as of a stretch; null where that is too long ago. */
  at(slot: number): Account | null {
    if (slot === this.#viewed) return this.#view;
    if (slot > this.#newest) this.#advance(slot);
    else if (slot <= this.#newest - SLOTS) return null;
    if (slot < this.#viewed) {
      this.#view = this.#base.copy();
      this.#viewed = this.#newest - SLOTS;
    }
    this.#viewUpTo(slot);
    return this.#view;
  }

  /** Takes something in the stretch that `at` was asked for last. */
  add(points: number, bytes: number, events: number): void {
    const slot = this.#viewed;
    this.#view.add(points, bytes, events, slot * SLOT_MS);
    const place = placeOf(slot);
    const taken = this.#taken;
    taken[place] = (taken[place] as number) + points;
    taken[place + 1] = (taken[place + 1] as number) + bytes;
    taken[place + 2] = (taken[place + 2] as number) + events;
  }

  #advance(slot: number): void {
    const before = this.#newest;
    if (Number.isFinite(before)) {
      const faded = this.#fading ** (slot - before);
      for (let i = 0; i < AMOUNTS; i++) this.#came[i] = (this.#came[i] as number) * faded;
      this.#viewUpTo(before);
      const last = Math.min(before, slot - SLOTS);
      for (let old = before - SLOTS + 1; old <= last; old++) this.#fold(this.#base, old);
    }
    for (let next = Math.max(before, slot - SLOTS) + 1; next <= slot; next++) {
      const place = placeOf(next);
      this.#taken.fill(0, place, place + AMOUNTS);
    }
    this.#newest = slot;
    this.#viewed = slot;
  }

  #viewUpTo(slot: number): void {
    while (this.#viewed < slot) {
      this.#viewed += 1;
      this.#fold(this.#view, this.#viewed);
    }
  }

  #fold(account: Account, slot: number): void {
    const place = placeOf(slot);
    const [points, bytes, events] = [this.#taken[place], this.#taken[place + 1], this.#taken[place + 2]];
    if (bytes !== 0) account.add(points as number, bytes as number, events as number, slot * SLOT_MS);
  }
}

function placeOf(slot: number): number {
  return (slot % SLOTS) * AMOUNTS;
}
