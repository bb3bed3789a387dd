import type { Clock, Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { Lru } from '../core/lru.js';
import { Excess } from './excess.js';
import { Lease } from './lease.js';
import {
  type Amounts,
  type Exceeded,
  exceededOf,
  type LimitState,
  QUANTITIES,
  type QuotaSource,
  type Refused,
} from './limits.js';
import { burstMsOf } from './meter.js';
import type { QuotaStore } from './quota-store.js';
import type { Quotas } from './quotas.js';

/** What is let in while the store is away: the part of each instance, all or nothing. */
export type WithoutStore = 'local' | 'open' | 'closed';

export interface SharedQuotaOptions {
  readonly source: QuotaSource;
  readonly store: QuotaStore;
  /** Counts the part of this instance, while the store is away. */
  readonly local: Quotas;
  readonly withoutStore: WithoutStore;
  readonly lastingAfterMs: Millis;
  readonly maxAccounts: number;
  readonly clock: Clock;
  /** Is called when the store did not answer, and while it is away and would be asked, once a second. */
  readonly failed: (error: unknown) => void;
}

/** After a failure the store is asked again, whoever comes. */
const AWAY_MS = 1_000;

/** What is known of a tenant or a key. */
interface SharedAccount {
  readonly version: number;
  /** Null where there is no limit; in the order of {@link QUANTITIES}. */
  readonly leases: readonly (Lease | null)[];
  readonly excess: Excess;
}

/** What a request needs of one lease. */
interface Need {
  readonly tenant: string;
  readonly account: SharedAccount;
  readonly lease: Lease;
  readonly amount: number;
}

/**
 * Counts together with other instances. Each takes a little more from the store than it needs, and has that at hand for the
 * requests that come next: most are answered without the store, and all instances together let in what one alone would,
 * and at most a fiftieth of a burst more for each of them.
 *
 * Nothing waits for a store that is away, and never for longer than it takes to say so.
 */
export class SharedQuotas {
  #awayUntil: Millis = Number.NEGATIVE_INFINITY;
  #reportedUntil: Millis = Number.NEGATIVE_INFINITY;
  readonly #accounts: Lru<string, SharedAccount>;

  constructor(private readonly options: SharedQuotaOptions) {
    this.#accounts = new Lru(2 * options.maxAccounts);
  }

  /** Why one that has at least so much will be refused, as far as that is known without asking; takes nothing. */
  check(tenant: string, key: string | null, amounts: Amounts, now: Millis): Exceeded | null {
    if (this.#away(now)) {
      const { withoutStore, local } = this.options;
      const exceeded = withoutStore === 'local' ? local.check(tenant, key, amounts, now) : null;
      if (exceeded !== null) this.#report(null, now);
      return exceeded;
    }
    return this.#refused(this.#needs(new Map([[tenant, amounts]]), key), now)?.exceeded ?? null;
  }

  /**
   * Takes what a request has, as a whole or not at all. Answers at once where it can.
   *
   * @throws TactusError `TACTUS_REDIS_UNAVAILABLE` where nothing is let in without the store
   */
  take(
    requested: ReadonlyMap<string, Amounts>,
    key: string | null,
    now: Millis,
  ): Refused | null | Promise<Refused | null> {
    const needs = this.#needs(requested, key);
    if (needs.length === 0) return null;
    if (this.#away(now)) return this.#alone(requested, key, now);
    const refused = this.#refused(needs, now);
    if (refused !== null) return refused;
    if (needs.some(({ lease, amount }) => lease.balance < amount)) return this.#ask(needs, requested, key);
    for (const { lease, amount } of needs) lease.balance -= amount;
    this.#taken(requested, key, now);
    const low = needs.map(({ lease }) => lease).filter((lease) => lease.low);
    if (low.length > 0) void this.#refill(low);
    return null;
  }

  states(tenant: string, key: string | null, now: Millis): LimitState[] {
    if (this.#away(now)) return this.options.local.states(tenant, key, now);
    const leases = [...this.#account(tenant, null).leases];
    if (key !== null) leases.push(...this.#account(tenant, key).leases);
    return leases.flatMap((lease) => (lease === null ? [] : [lease.state(now)]));
  }

  #away(now: Millis): boolean {
    const leftMs = this.#awayUntil - now;
    // It is longer only where the clock was set back.
    return (leftMs > 0 && leftMs <= AWAY_MS) || !this.options.store.ready;
  }

  #alone(requested: ReadonlyMap<string, Amounts>, key: string | null, now: Millis): Refused | null {
    const { withoutStore, local } = this.options;
    this.#report(null, now);
    if (withoutStore === 'open') return null;
    if (withoutStore === 'local') return local.takeAll(requested, key, now);
    throw new TactusError(
      'TACTUS_REDIS_UNAVAILABLE',
      'quotas cannot be counted, and nothing is let in uncounted (TACTUS_QUOTA_WITHOUT_REDIS)',
    );
  }

  /** Counts here too, for the time when the store is away. */
  #taken(requested: ReadonlyMap<string, Amounts>, key: string | null, now: Millis): void {
    for (const [tenant, amounts] of requested) this.options.local.add(tenant, key, amounts, now);
  }

  async #ask(
    needs: readonly Need[],
    requested: ReadonlyMap<string, Amounts>,
    key: string | null,
  ): Promise<Refused | null> {
    const { store, clock } = this.options;
    // What is at hand is put aside: others that come meanwhile do not count on it.
    const held = needs.map(({ lease, amount }) => Math.min(lease.balance, amount));
    for (const [i, { lease }] of needs.entries()) lease.balance -= held[i] as number;
    const lacking = needs.flatMap((need, i) => {
      const least = need.amount - (held[i] as number);
      return least > 0 ? [{ ...need, i, least }] : [];
    });
    const giveBack = () => {
      for (const [i, { lease }] of needs.entries()) lease.balance += held[i] as number;
    };
    try {
      const answers = await store.take(lacking.map(({ lease, least }) => lease.request(least)));
      const now = clock.now();
      let longest: Need | null = null;
      let most = 0;
      for (const [n, { lease, least, i }] of lacking.entries()) {
        const granted = answers[n] as (typeof answers)[number];
        if (lease.granted(granted, least, now)) {
          lease.balance -= least;
          held[i] = (held[i] as number) + least;
          continue;
        }
        const waitMs = lease.waitMs(least, now);
        if (waitMs <= most) continue;
        most = waitMs;
        longest = needs[i] as Need;
      }
      if (longest === null) {
        this.#taken(requested, key, now);
        return null;
      }
      giveBack();
      void this.#returnSurplus(lacking.map(({ lease }) => lease));
      return this.#exceeded(longest, most, now);
    } catch (error) {
      giveBack();
      this.#failed(error);
    }
    return this.#alone(requested, key, clock.now());
  }

  /** What was granted to a request that is refused for another limit is there for other instances, too. */
  async #returnSurplus(leases: readonly Lease[]): Promise<void> {
    const surplus = leases.map((lease) => lease.surplus()).filter((meter) => meter !== null);
    if (surplus.length === 0) return;
    try {
      await this.options.store.take(surplus);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #refill(leases: readonly Lease[]): Promise<void> {
    const { store, clock } = this.options;
    for (const lease of leases) lease.asking = true;
    try {
      const answers = await store.take(leases.map((lease) => lease.request(0)));
      const now = clock.now();
      for (const [i, lease] of leases.entries())
        lease.granted(answers[i] as (typeof answers)[number], 0, now);
    } catch (error) {
      this.#failed(error);
    } finally {
      for (const lease of leases) lease.asking = false;
    }
  }

  #failed(error: unknown): void {
    const now = this.options.clock.now();
    this.#awayUntil = now + AWAY_MS;
    this.#report(error, now);
  }

  /** @param error null for no connection */
  #report(error: unknown, now: Millis): void {
    const leftMs = this.#reportedUntil - now;
    if (leftMs > 0 && leftMs <= AWAY_MS) return;
    this.#reportedUntil = now + AWAY_MS;
    this.options.failed(error ?? new TactusError('TACTUS_REDIS_UNAVAILABLE', 'there is no connection'));
  }

  /** The need that has to wait for longest of those that the store has just refused. */
  #refused(needs: readonly Need[], now: Millis): Refused | null {
    let longest: Need | null = null;
    let most = 0;
    for (const need of needs) {
      const waitMs = need.lease.waitMs(need.amount - need.lease.balance, now);
      if (waitMs <= most) continue;
      most = waitMs;
      longest = need;
    }
    return longest === null ? null : this.#exceeded(longest, most, now);
  }

  #exceeded({ tenant, account, lease }: Need, waitMs: Millis, now: Millis): Refused {
    const since = account.excess.refused(now);
    const exceeded = exceededOf(lease.state(now), waitMs, since >= this.options.lastingAfterMs);
    return { tenant, exceeded };
  }

  #needs(requested: ReadonlyMap<string, Amounts>, key: string | null): Need[] {
    const needs: Need[] = [];
    for (const [tenant, amounts] of requested) {
      const accounts = [this.#account(tenant, null)];
      if (key !== null) accounts.push(this.#account(tenant, key));
      for (const account of accounts)
        for (const [i, quantity] of QUANTITIES.entries()) {
          const lease = account.leases[i] ?? null;
          const amount = amounts[quantity];
          if (lease !== null && amount > 0) needs.push({ tenant, account, lease, amount });
        }
    }
    return needs;
  }

  #account(tenant: string, key: string | null): SharedAccount {
    const { source } = this.options;
    // Neither tenant nor key holds a bar.
    const id = key === null ? `tenant|${tenant}` : `key|${tenant}|${key}`;
    const known = this.#accounts.get(id);
    if (known !== undefined && known.version === source.version) return known;
    const { algorithm, burstS, ...limits } = source.limitsOf(tenant);
    const of = key === null ? 'tenant' : 'key';
    const leases = QUANTITIES.map((quantity, i) => {
      const perSecond = limits[of][quantity];
      if (perSecond === null) return null;
      const before = known?.leases[i] ?? null;
      const same =
        before?.rate.perSecond === perSecond &&
        before.rate.burstS === burstS &&
        before.algorithm === algorithm;
      if (same) return before;
      return new Lease(
        ...([`${id}|${quantity}`, of, quantity, algorithm, { perSecond, burstS }] as const),
        burstMsOf(burstS) / 1_000,
      );
    });
    const account = { version: source.version, leases, excess: known?.excess ?? new Excess() };
    this.#accounts.set(id, account);
    return account;
  }
}
