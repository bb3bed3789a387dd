/**
 * Counts something by tenant, so that none has more than its share of a bounded number. It is made when there are so many in
 * all that one tenant may have its share: until then nobody has to be asked.
 */
class TenantShares {
  readonly #counts = new Map<string, number>();

  /** @param tenants of all there are, each as often as it has one */
  constructor(
    private readonly share: number,
    tenants: Iterable<string>,
  ) {
    for (const tenant of tenants) this.add(tenant);
  }

  hasRoomFor(tenant: string): boolean {
    return (this.#counts.get(tenant) ?? 0) < this.share;
  }

  add(tenant: string): void {
    this.#counts.set(tenant, (this.#counts.get(tenant) ?? 0) + 1);
  }

  remove(tenant: string): void {
    const left = (this.#counts.get(tenant) ?? 0) - 1;
    if (left > 0) this.#counts.set(tenant, left);
    else this.#counts.delete(tenant);
  }
}

/** One tenant alone may take so much of what there is room for. */
const PART = 0.8;

/**
 * Room for a bounded number of things, of which one tenant has a share at most, by default four fifths. Who uses it keeps
 * what is in it, and asks when there are `share` or more; says what comes and goes while this is `counting`.
 */
export class SharedRoom {
  counting = false;
  #shares: TenantShares | null = null;

  /** @param share most of one tenant; `max` where one may have all */
  constructor(
    readonly max: number,
    readonly share = Math.ceil(max * PART),
  ) {}

  /**
   * Why there is no room for one more of this tenant; null when there is.
   *
   * @param tenants gives the tenant of each thing there is
   */
  refuses(tenant: string, size: number, tenants: () => Iterable<string>): 'full' | 'share' | null {
    if (size >= this.max) return 'full';
    if (size < this.share) return null;
    this.#shares ??= new TenantShares(this.share, tenants());
    this.counting = true;
    return this.#shares.hasRoomFor(tenant) ? null : 'share';
  }

  added(tenant: string): void {
    this.#shares?.add(tenant);
  }

  /** @param size what is left */
  removed(tenant: string, size: number): void {
    this.#shares?.remove(tenant);
    if (size >= this.share / 2) return;
    this.#shares = null;
    this.counting = false;
  }
}
