import type { Quantity } from '../../../shared/quotas/limits.js';

type Counted = Record<Quantity, number>;

/** What the records of one request are, by tenant. */
export class RequestAmounts {
  readonly byTenant = new Map<string, Counted>();
  #tenant: string | null = null;
  #counted: Counted = nothing();

  add(tenantId: string, quantity: 'points' | 'events', count: number, bytes: number): void {
    if (tenantId !== this.#tenant) {
      this.#tenant = tenantId;
      this.#counted = this.byTenant.get(tenantId) ?? nothing();
      this.byTenant.set(tenantId, this.#counted);
    }
    this.#counted[quantity] += count;
    this.#counted.bytes += bytes;
  }
}

function nothing(): Counted {
  return { points: 0, bytes: 0, events: 0 };
}
