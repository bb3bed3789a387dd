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
