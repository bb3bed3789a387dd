import { Counter, type Registry } from 'prom-client';

/** Tenants have any names, and any number: only those that were counted last have a series of the metric. */
const MOST = 100;

/** A counter by tenant, which keeps to {@link MOST} of them; the one counted least recently is left out for another. */
export function tenantCounter(
  register: Registry,
  { name, help }: { readonly name: string; readonly help: string },
): (tenant: string) => void {
  const labelNames = ['tenant'];
  const about = `${help}; of the ${MOST} tenants counted last`;
  const counter = new Counter({ name, help: about, labelNames, registers: [register] });
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

/** Points refused because their tenant has no room for a series more: by ingest, or by windowing. */
export function seriesRefusedCounter(register: Registry): (tenant: string) => void {
  return tenantCounter(register, {
    name: 'tactus_series_refused_total',
    help: 'Points of new series that were refused because their tenant, or all, have as many as they may',
  });
}
