import type { Counter } from 'prom-client';

/** Tenants have any names, and any number: only those that were counted last have a series of the metric. */
const MOST = 100;

/** Counts by tenant, of {@link MOST} of them at most; the one counted least recently is left out for another. */
export function countedByTenant(counter: Counter<'tenant'>): (tenant: string) => void {
  /** In the order in which they were counted. */
  const tenants = new Set<string>();
  return (tenant) => {
    if (!tenants.delete(tenant) && tenants.size >= MOST) {
      const [oldest = ''] = tenants;
      tenants.delete(oldest);
      counter.remove({ tenant: oldest });
    }
    tenants.add(tenant);
    counter.inc({ tenant });
  };
}
