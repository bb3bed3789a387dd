import type { Millis } from '../../../shared/core/clock.js';
import { Lru } from '../../../shared/core/lru.js';
import type { Amounts, Exceeded, LimitState, QuotaSource, Refused } from '../../../shared/quotas/limits.js';
import { OverQuota } from './over-quota.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import type { RequestAmounts } from './request-amounts.js';

/** Counts against quotas: by itself, or together with other gateways. */
export interface QuotaCounter {
  check(tenant: string, key: string | null, amounts: Amounts, now: Millis): Exceeded | null;
  take(
    requested: ReadonlyMap<string, Amounts>,
    key: string | null,
    now: Millis,
  ): Refused | null | Promise<Refused | null>;
  states(tenant: string, key: string | null, now: Millis): LimitState[];
}

/** Who sends, and what. */
export interface Sender {
  readonly tenantId: string;
  readonly keyId: string;
  readonly format: string;
  readonly quantity: 'points' | 'events';
}

/** A body as long as the one before holds this part of what that held, or more: bodies of a sender are alike. */
const ALIKE = 0.5;
/** As long as, about. */
const AS_LONG = 0.9;
const MAX_SENDERS = 10_000;

/** The quotas of requests. */
export class RequestQuotas {
  /** The bodies before, as they were sent, by tenant and format. */
  readonly #before = new Lru<string, { readonly bytes: number; readonly count: number }>(MAX_SENDERS);

  constructor(
    private readonly counter: QuotaCounter,
    private readonly source: QuotaSource,
  ) {}

  /**
   * Why a request will be refused, before it is unpacked: whoever sends far too much costs little. How much is in a body is
   * known by the one before.
   */
  check(sender: Sender, bodyBytes: number, now: Millis): OverQuota | null {
    const { tenantId, keyId, quantity } = sender;
    const before = this.#before.get(nameOf(sender));
    const alike = before !== undefined && bodyBytes >= before.bytes * AS_LONG;
    const count = alike ? Math.max(1, Math.floor(before.count * ALIKE)) : 1;
    const amounts = { points: 0, bytes: 1, events: 0, [quantity]: count };
    const exceeded = this.counter.check(tenantId, keyId, amounts, now);
    // That it never fits, only its real size can say.
    return exceeded === null || (exceeded.never && count > 1) ? null : this.#over(tenantId, exceeded);
  }

  /** Notes what a body held. */
  note(sender: Sender, bodyBytes: number, { byTenant }: RequestAmounts): void {
    const count = byTenant.get(sender.tenantId)?.[sender.quantity] ?? 0;
    if (count > 0) this.#before.set(nameOf(sender), { bytes: bodyBytes, count });
  }

  /**
   * Takes what a request has, as a whole or not at all.
   *
   * @returns why it is refused; null where it is let in
   * @throws TactusError `TACTUS_REDIS_UNAVAILABLE` where nothing is let in without Redis
   */
  take(
    { byTenant }: RequestAmounts,
    keyId: string,
    now: Millis,
  ): OverQuota | null | Promise<OverQuota | null> {
    const refused = this.counter.take(byTenant, keyId, now);
    if (!(refused instanceof Promise)) return this.#overOf(refused);
    return refused.then((answer) => this.#overOf(answer));
  }

  /**
   * What the sender is to know of its limits; nothing where it has none.
   *
   * @param retryAfterS of an answer that has it
   */
  headers(tenantId: string, keyId: string, now: Millis, retryAfterS: number | null): Record<string, string> {
    return rateLimitHeaders(this.counter.states(tenantId, keyId, now), retryAfterS);
  }

  #overOf(refused: Refused | null): OverQuota | null {
    return refused === null ? null : this.#over(refused.tenant, refused.exceeded);
  }

  #over(tenantId: string, exceeded: Exceeded): OverQuota {
    return new OverQuota(tenantId, exceeded, this.source.limitsOf(tenantId).alwaysRetry);
  }
}

function nameOf({ tenantId, format }: Sender): string {
  return `${tenantId}|${format}`;
}
