import type { Counter, LabelValues } from 'prom-client';

/** Tenants have any names, and any number: only those that were counted last have a series of the metric. */
const MOST = 100;

/**
 * Counts by tenant, of {@link MOST} of them at most; the one counted least recently is left out for another.
 *
 * @param others all values of the counter's other labels, if it has any
 */
export function countedByTenant<L extends string = never>(
  counter: Counter<'tenant' | L>,
  others: readonly Readonly<Record<L, string>>[] = [{} as Record<L, string>],
): (tenant: string, count?: number, other?: Readonly<Record<L, string>>) => void {
  /** In the order in which they were counted. */
  const tenants = new Set<string>();
  return (tenant, count = 1, other = others[0]) => {
    if (!tenants.delete(tenant) && tenants.size >= MOST) {
      const [oldest = ''] = tenants;
      tenants.delete(oldest);
      for (const each of others) counter.remove({ ...each, tenant: oldest } as LabelValues<'tenant' | L>);
    }
    tenants.add(tenant);
    counter.inc({ ...other, tenant } as LabelValues<'tenant' | L>, count);
  };
}
