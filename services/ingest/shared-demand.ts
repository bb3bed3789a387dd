import { randomUUID } from 'node:crypto';
import type { Millis } from '../../shared/core/clock.js';
import type { DemandStore } from '../../shared/quotas/demand-store.js';

/** Of a limit that is used up, so much goes by partitions: to whoever gets something next. */
const FLOOR = 0.05;
/** An instance that says nothing for so long has gone. */
const KEEP_MS: Millis = 3_500;
/** Tenants that an instance says something of: those with most. */
const MOST_TENANTS = 1_000;
/** Of a limit; less is not worth saying. */
const LEAST = 0.005;

/**
 * Divides the limits of tenants among instances by what comes to each. What nobody asks for is divided by partitions, as all of
 * it is as long as nothing is known of the others: so all shares of a tenant are 1 together. While demand moves from one
 * instance to another they are more by what has moved, until the others have heard of it.
 */
export class SharedDemand {
  /** The part of all partitions that this process has, of 1. */
  part = 1;
  readonly #instance = randomUUID();
  /** By tenant, of all others; null where nothing is known of them. */
  #others: ReadonlyMap<string, number> | null = null;
  /** Of all others. */
  #parts = 0;
  #own: ReadonlyMap<string, number> = new Map();

  /** @param store null where instances do not share */
  constructor(
    private readonly store: DemandStore | null,
    private readonly failed: (error: unknown) => void,
  ) {}

  /**
   * Of a tenant's limits, for this instance.
   *
   * @param own what comes here, in limits
   */
  shareOf(tenant: string, own: number): number {
    const { part } = this;
    if (part === 1 || this.#others === null) return part;
    const all = own + (this.#others.get(tenant) ?? 0);
    if (all === 0) return part;
    // Somebody who is silent may go by its partitions.
    const known = Math.min(1, part + this.#parts);
    const byPartitions = Math.max(FLOOR, 1 - all);
    const share = ((1 - byPartitions) * known * own) / all + byPartitions * part;
    // In steps, so that it does not change all the time.
    return Math.ceil(share * 200) / 200;
  }

  /**
   * Says what has come here since the last time, and learns what has come to the others; to be called once a second.
   *
   * @param came by tenant, in limits
   */
  async exchange(came: ReadonlyMap<string, number>): Promise<void> {
    if (this.store === null) return;
    const own = new Map(came);
    // What comes every few seconds is not gone in between.
    for (const [tenant, before] of this.#own) if (!own.has(tenant)) own.set(tenant, before / 2);
    const tenants = [...own].filter(([, demand]) => demand >= LEAST);
    tenants.sort(([, one], [, other]) => other - one);
    tenants.length = Math.min(tenants.length, MOST_TENANTS);
    this.#own = new Map(tenants);
    if (!this.store.ready) {
      this.#others = null;
      return;
    }
    try {
      const rounded = tenants.map(([tenant, demand]) => [tenant, Number(demand.toPrecision(4))] as const);
      const demands = await this.store.exchange(
        this.#instance,
        { part: this.part, tenants: rounded },
        KEEP_MS,
      );
      const others = new Map<string, number>();
      for (const { tenants: theirs } of demands)
        for (const [tenant, demand] of theirs) others.set(tenant, (others.get(tenant) ?? 0) + demand);
      this.#others = others;
      this.#parts = demands.reduce((sum, { part }) => sum + part, 0);
    } catch (error) {
      this.#others = null;
      if (this.part < 1) this.failed(error);
    }
  }

  /** Nothing comes here any more. */
  async leave(): Promise<void> {
    if (this.store?.ready !== true) return;
    await this.store.exchange(this.#instance, null, KEEP_MS).catch(() => {});
  }
}
