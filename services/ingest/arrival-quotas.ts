import { Lru } from '../../shared/core/lru.js';
import { Account } from '../../shared/quotas/account.js';
import type { Quantity, QuotaSource } from '../../shared/quotas/limits.js';
import { TenantLedger } from './tenant-ledger.js';

export interface ArrivalQuotasOptions {
  readonly source: QuotaSource;
  /** Most tenants that something is known of, up to 20 KB each. */
  readonly maxTenants: number;
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
  /** The part of each limit that is for this process, of 1. */
  share = 1;
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
    if (known !== undefined) return this.inForce(tenant, known);
    const ledger = this.newLedger(tenant);
    this.#ledgers.set(tenant, ledger);
    return ledger;
  }

  newLedger(tenant: string): TenantLedger {
    return this.inForce(tenant, new TenantLedger(new Account('tenant')));
  }

  inForce(tenant: string, ledger: TenantLedger): TenantLedger {
    const { source } = this.options;
    ledger.use(() => source.limitsOf(tenant), this.share, source.version);
    return ledger;
  }

  markOf(tenant: string): Buffer | null {
    return this.options.markOf?.(tenant) ?? null;
  }

  over(tenant: string, quantity: Quantity, records: number): void {
    this.options.over(tenant, quantity, records);
  }
}
