import { Lru } from '../../shared/core/lru.js';
import { Account } from '../../shared/quotas/account.js';
import type { Quantity, QuotaSource } from '../../shared/quotas/limits.js';
import { TenantLedger } from './tenant-ledger.js';

export interface ArrivalQuotasOptions {
  readonly source: QuotaSource;
  /** Most tenants that something is known of, up to 20 KB each. */
  readonly maxTenants: number;
  /** The part of a tenant's limits that is for this process, of 1, where so much comes to it, in limits. */
  readonly shareOf: (tenant: string, demand: number) => number;
  /** The header by which the gateway shows that it has counted a record of the tenant; null where it cannot be checked. */
  readonly markOf: ((tenant: string) => Buffer) | null;
  /** Called with the number of records that were refused. */
  readonly over: (tenant: string, quantity: Quantity, records: number) => void;
}

/**
 * What the tenants of all partitions of this process have sent, against their quotas. Bounded in tenants: the one that was
 * looked for least recently is forgotten, and has its whole burst again.
 */
export class ArrivalQuotas {
  /** The ledgers that something came to since this was emptied. */
  readonly #used = new Map<string, TenantLedger>();
  readonly #ledgers: Lru<string, TenantLedger>;

  constructor(private readonly options: ArrivalQuotasOptions) {
    this.#ledgers = new Lru(options.maxTenants);
  }

  /** False when nobody has a limit: then nothing has to be looked at. */
  get active(): boolean {
    return this.options.source.anyLimited;
  }

  /** Of the tenant, with the limits in force. */
  ledger(tenant: string): TenantLedger {
    const known = this.#ledgers.get(tenant);
    const ledger = known === undefined ? this.newLedger(tenant) : this.inForce(tenant, known);
    if (known === undefined) this.#ledgers.set(tenant, ledger);
    this.#used.set(tenant, ledger);
    if (this.#used.size > this.options.maxTenants)
      this.#used.delete(this.#used.keys().next().value as string);
    return ledger;
  }

  newLedger(tenant: string): TenantLedger {
    return this.inForce(tenant, new TenantLedger(new Account('tenant')));
  }

  inForce(tenant: string, ledger: TenantLedger): TenantLedger {
    const { source, shareOf } = this.options;
    ledger.use(() => source.limitsOf(tenant), shareOf(tenant, ledger.demand), source.version);
    return ledger;
  }

  /** What has come since the last call, by tenant, in limits. */
  takeDemand(): ReadonlyMap<string, number> {
    const demand = new Map([...this.#used].map(([tenant, ledger]) => [tenant, ledger.demand]));
    this.#used.clear();
    return demand;
  }

  markOf(tenant: string): Buffer | null {
    return this.options.markOf?.(tenant) ?? null;
  }

  over(tenant: string, quantity: Quantity, records: number): void {
    this.options.over(tenant, quantity, records);
  }
}
