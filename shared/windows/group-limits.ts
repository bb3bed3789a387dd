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

/**
 * Counts groups by tenant. Only from the moment on in which one tenant may have more than its share: so long nobody has
 * to be asked.
 */
export class TenantShares {
  readonly #counts = new Map<string, number>();

  /** @param eachGroup calls back with every group there is */
  constructor(
    private readonly limits: GroupLimits,
    eachGroup: (callback: (group: number) => void) => void,
  ) {
    eachGroup((group) => this.#add(limits.tenantOf(group), 1));
  }

  /** Takes one group more, unless there is no room for it. */
  admit(group: number, size: number): Outcome {
    const { max, maxOfTenant, tenantOf } = this.limits;
    if (size >= max) return 'full';
    const tenant = tenantOf(group);
    if ((this.#counts.get(tenant) ?? 0) >= maxOfTenant) return 'share';
    this.#add(tenant, 1);
    return 'counted';
  }

  remove(group: number): void {
    this.#add(this.limits.tenantOf(group), -1);
  }

  #add(tenant: string, by: number): void {
    const count = (this.#counts.get(tenant) ?? 0) + by;
    if (count === 0) this.#counts.delete(tenant);
    else this.#counts.set(tenant, count);
  }
}
