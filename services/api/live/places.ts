/** Most connections that have shown no token yet: whoever reaches the port can take these, and none of the clients' places. */
const MAX_NEWCOMERS = 500;
/** Most series that clients watch, each counted for each of them: about a hundred bytes, and a look at each of its points. */
const MAX_WATCHED = 2_000_000;
/** One tenant may have so much of all: 1 / 2. */
const TENANTS_SHARE = 2;

/** How many there may be of what costs memory, in all and of one tenant. */
export class Places {
  readonly #clients: SharedBound;
  readonly #watched: SharedBound;
  #newcomers = 0;

  constructor(maxClients: number, maxWatched = MAX_WATCHED) {
    this.#clients = new SharedBound(maxClients);
    this.#watched = new SharedBound(maxWatched);
  }

  /** There are as many clients as there may be, of all tenants or of this one. */
  fullFor(tenantId: string): boolean {
    return this.#clients.fullFor(tenantId);
  }

  addClient(tenantId: string): void {
    this.#clients.add(tenantId);
  }

  /** @param watched series that it watched */
  removeClient(tenantId: string, watched: number): void {
    this.#clients.remove(tenantId, 1);
    this.#watched.remove(tenantId, watched);
  }

  /** A client is to watch one more series. @returns false when there is no room */
  watch(tenantId: string): boolean {
    if (this.#watched.fullFor(tenantId)) return false;
    this.#watched.add(tenantId);
    return true;
  }

  unwatch(tenantId: string): void {
    this.#watched.remove(tenantId, 1);
  }

  /** A connection has come that has shown no token yet. @returns false when there are as many as there may be */
  addNewcomer(): boolean {
    if (this.#newcomers >= MAX_NEWCOMERS) return false;
    this.#newcomers += 1;
    return true;
  }

  /** It has shown one, or has gone. */
  removeNewcomer(): void {
    this.#newcomers -= 1;
  }
}

/** A number with a bound, of which one tenant may have a share. */
export class SharedBound {
  #all = 0;
  readonly #ofTenants = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** Whether there is no room for so many more. */
  fullFor(tenantId: string, count = 1): boolean {
    const own = this.#ofTenants.get(tenantId) ?? 0;
    return this.#all + count > this.most || own + count > Math.ceil(this.most / TENANTS_SHARE);
  }

  add(tenantId: string, count = 1): void {
    this.#all += count;
    if (count > 0) this.#ofTenants.set(tenantId, (this.#ofTenants.get(tenantId) ?? 0) + count);
  }

  remove(tenantId: string, count: number): void {
    this.#all -= count;
    const left = (this.#ofTenants.get(tenantId) ?? 0) - count;
    if (left > 0) this.#ofTenants.set(tenantId, left);
    else this.#ofTenants.delete(tenantId);
  }
}
