import type { TenantShares } from '../core/tenant-shares.js';

/** How many groups there may be in one pane, or with sessions of one definition. */
export interface GroupLimits {
  readonly max: number;
  /** Most of one tenant; `max` where one may have all. */
  readonly maxOfTenant: number;
  /** The tenant of the group with this number. */
  readonly tenantOf: (group: number) => string;
}

/** What became of a record: `full` when there is no room for its group, `share` when its tenant has all that it may. */
export type Outcome = 'counted' | 'full' | 'share';

/** One limit, whoever the groups are of. */
export function limitOf(max: number): GroupLimits {
  return { max, maxOfTenant: max, tenantOf: () => '' };
}

/** Tenants of the groups that a store hands out. */
export function* tenantsOf({ tenantOf }: GroupLimits, groups: Iterable<number>): Generator<string> {
  for (const group of groups) yield tenantOf(group);
}

/** Takes one group more into the `shares` of a store that holds `size`, unless there is no room for it. */
export function admitTo(shares: TenantShares, limits: GroupLimits, group: number, size: number): Outcome {
  if (size >= limits.max) return 'full';
  const tenant = limits.tenantOf(group);
  if (!shares.hasRoomFor(tenant)) return 'share';
  shares.add(tenant);
  return 'counted';
}
