import type { Millis } from '../core/clock.js';
import { Lru } from '../core/lru.js';
import { Account } from './account.js';
import type { Amounts, Exceeded, LimitState, QuotaSource, Refused } from './limits.js';

export interface QuotaOptions {
  readonly source: QuotaSource;
  /** Refusals that go on for longer are no burst any more. */
  readonly lastingAfterMs: Millis;
  /** Most tenants, and most keys, that something is known of; 1 to 5 KB each. */
  readonly maxAccounts: number;
}

/** Separates tenant and key: neither holds it. */
const SEPARATOR = '\0';

/**
 * Counts what tenants and their keys send against their quotas: one question for a request or a batch. Nobody's use
 * changes what is left to another. Limits that change are in force with the next question.
 *
 * Bounded in accounts: beyond it the one used least recently is forgotten, and begins anew when it sends again.
 */
export class Quotas {
  /** Accounts that were forgotten. */
  evicted = 0;
  #share = 1;
  readonly #tenants: Lru<string, Account>;
  readonly #keys: Lru<string, Account>;

  constructor(private readonly options: QuotaOptions) {
    this.#tenants = new Lru(options.maxAccounts);
    this.#keys = new Lru(options.maxAccounts);
  }

  /** Tenants and keys that something is known of. */
  get size(): number {
    return this.#tenants.size + this.#keys.size;
  }

  /** The part of each limit that may come here, of 1: the others come to other instances. */
  set share(share: number) {
    this.#share = share;
  }

  /**
   * Takes what fits, as a whole or not at all.
   *
   * @param key id of the key that it is sent with; null where that is not known
   * @returns null when it fits, else the limit that it has to wait for longest
   */
  take(tenant: string, key: string | null, amounts: Amounts, now: Millis): Exceeded | null {
    return this.takeAll(new Map([[tenant, amounts]]), key, now)?.exceeded ?? null;
  }

  /** As {@link take}, of a request with records of several tenants. */
  takeAll(requested: ReadonlyMap<string, Amounts>, key: string | null, now: Millis): Refused | null {
    for (const [tenant, amounts] of requested) {
      const exceeded = this.check(tenant, key, amounts, now);
      if (exceeded !== null) return { tenant, exceeded };
    }
    for (const [tenant, amounts] of requested) this.add(tenant, key, amounts, now);
    return null;
  }

  /** Takes it, without a question. */
  add(tenant: string, key: string | null, amounts: Amounts, now: Millis): void {
    this.#tenant(tenant).take(amounts, now);
    if (key !== null) this.#key(tenant, key).take(amounts, now);
  }

  /** As {@link take}, and takes nothing. A refusal counts as one. */
  check(tenant: string, key: string | null, amounts: Amounts, now: Millis): Exceeded | null {
    const { lastingAfterMs } = this.options;
    const ofTenant = this.#tenant(tenant).exceeded(amounts, now, lastingAfterMs);
    const ofKey = key === null ? null : this.#key(tenant, key).exceeded(amounts, now, lastingAfterMs);
    if (ofTenant === null || ofKey === null) return ofTenant ?? ofKey;
    return ofKey.retryAfterS > ofTenant.retryAfterS ? ofKey : ofTenant;
  }

  /** The limits in force, those of the tenant first. */
  states(tenant: string, key: string | null, now: Millis): LimitState[] {
    const ofTenant = this.#tenant(tenant).states(now);
    return key === null ? ofTenant : [...ofTenant, ...this.#key(tenant, key).states(now)];
  }

  /**
   * What is counted of one tenant, for many questions in a row: it is valid until the next call, and asking it makes no
   * object.
   */
  of(tenant: string): Account {
    return this.#tenant(tenant);
  }

  #tenant(tenant: string): Account {
    return this.#account(this.#tenants, tenant, tenant, 'tenant');
  }

  #key(tenant: string, key: string): Account {
    return this.#account(this.#keys, tenant + SEPARATOR + key, tenant, 'key');
  }

  #account(accounts: Lru<string, Account>, id: string, tenant: string, of: 'tenant' | 'key'): Account {
    const { source } = this.options;
    let account = accounts.get(id);
    if (account === undefined) {
      account = new Account(of);
      if (accounts.size === accounts.limit) this.evicted += 1;
      accounts.set(id, account);
    }
    if (account.version !== source.version || account.share !== this.#share) {
      const limits = source.limitsOf(tenant);
      account.use(limits, limits[of], this.#share, source.version);
    }
    return account;
  }
}
