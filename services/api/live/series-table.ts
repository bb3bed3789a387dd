import type { Millis } from '../../../shared/core/clock.js';
import { SeriesIndex } from '../../../shared/windows/series-index.js';
import type { Series } from '../../../shared/wire/series.js';
import { LiveSeries } from './live-series.js';
import { LiveTenant } from './live-tenant.js';
import { SharedBound } from './places.js';

export interface SeriesTableOptions {
  /** About the most memory that series may take; of one tenant half. */
  readonly maxBytes: number;
  /** A series that nobody watches and that has not been seen for so long makes room for a new one. */
  readonly staleMs: Millis;
  /** Most subscriptions by the metrics that they match, each counted for each of them. */
  readonly maxMatched?: number | undefined;
  /** A series has come that some subscription wants. */
  readonly onWanted: (series: LiveSeries) => void;
}

/** Series that are looked at for one to make room. */
const MAX_LOOKS = 64;
const TENANTS_SHARE = 2;
const MAX_MATCHED = 2_000_000;

/**
 * The newest values of series, in bounded memory: those that somebody watches come first, then those that were there
 * first, for as long as they are seen. The others are not known: they are missing in the snapshot of a new
 * subscription, and from then on are let in, since it wants them.
 */
export class SeriesTable {
  /** Numbers of series by the bytes of their identities. */
  readonly index: SeriesIndex;
  /** By number. */
  readonly #entries: (LiveSeries | undefined)[] = [];
  /** Numbers of series that there was no room for, and the state of the subscriptions then. */
  readonly #refused = new Map<number, number>();
  readonly #tenants = new Map<string, LiveTenant>();
  readonly #matched: SharedBound;
  #state = 0;
  #hand = 0;
  size = 0;
  bytes = 0;
  /** Series that there was no room for; one is counted again when somebody has subscribed since. */
  refused = 0;

  constructor(private readonly options: SeriesTableOptions) {
    this.#matched = new SharedBound(options.maxMatched ?? MAX_MATCHED);
    const eachGroup = (callback: (number: number) => void) => {
      // The other numbers are about to be those of other series.
      this.#refused.clear();
      this.#entries.forEach((entry, number) => {
        if (entry !== undefined) callback(number);
      });
    };
    this.index = new SeriesIndex([{ groupBy: null, wants: () => true, eachGroup }]);
  }

  tenant(id: string): LiveTenant | undefined {
    return this.#tenants.get(id);
  }

  /** The tenant, made where it was unknown: to be let go by `leave` when nothing of it is kept. */
  enter(id: string): LiveTenant {
    let tenant = this.#tenants.get(id);
    if (tenant === undefined) {
      tenant = new LiveTenant(id, this.#matched);
      this.#tenants.set(id, tenant);
    }
    return tenant;
  }

  leave(tenant: LiveTenant): void {
    if (tenant.empty) this.#tenants.delete(tenant.id);
  }

  /** Subscriptions are not what they were: those refused before may be wanted now. */
  subscriptionsChanged(): void {
    this.#state += 1;
  }

  /** The series with a number of the index, which was just seen; null where there is no room for it. */
  seen(number: number, now: Millis): LiveSeries | null {
    const known = this.#entries[number];
    if (known !== undefined) {
      known.seenAt = now;
      return known;
    }
    if (this.#refused.get(number) === this.#state) return null;
    return this.#admit(number, this.index.describeSeries(number), now);
  }

  #admit(number: number, { tenantId, metric, tags }: Series, now: Millis): LiveSeries | null {
    const tenant = this.enter(tenantId);
    const home = tenant.metric(metric);
    const series = home === null ? null : new LiveSeries(home, tags);
    if (home === null || series === null) return this.#refuse(number, tenant);
    let wanted = false;
    for (const subscription of home.subscriptions) wanted ||= subscription.wants(series);
    if (!this.#makeRoom(tenant, series.bytes, wanted, now)) {
      if (home.series.size === 0) tenant.drop(home);
      return this.#refuse(number, tenant);
    }
    this.#refused.delete(number);
    this.#entries[number] = series;
    home.series.add(series);
    // The last of its metric or tenant may have made room for it.
    tenant.keep(home);
    this.#tenants.set(tenantId, tenant);
    series.seenAt = now;
    this.size += 1;
    this.bytes += series.bytes;
    tenant.bytes += series.bytes;
    if (wanted) this.options.onWanted(series);
    return series;
  }

  #refuse(number: number, tenant: LiveTenant): null {
    this.#refused.set(number, this.#state);
    this.refused += 1;
    this.leave(tenant);
    return null;
  }

  #makeRoom(tenant: LiveTenant, bytes: number, wanted: boolean, now: Millis): boolean {
    const { maxBytes, staleMs } = this.options;
    const seenBefore = wanted ? Number.POSITIVE_INFINITY : now - staleMs;
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const tenantIsFull = tenant.bytes + bytes > maxBytes / TENANTS_SHARE;
      if (!tenantIsFull && this.bytes + bytes <= maxBytes) return true;
      this.#hand = this.#hand + 1 < this.#entries.length ? this.#hand + 1 : 0;
      const entry = this.#entries[this.#hand];
      if (entry === undefined || entry.watched || entry.seenAt >= seenBefore) continue;
      if (!tenantIsFull || entry.tenantId === tenant.id) this.#evict(this.#hand, entry);
    }
    return false;
  }

  #evict(number: number, series: LiveSeries): void {
    const { home } = series;
    this.#entries[number] = undefined;
    this.size -= 1;
    this.bytes -= series.bytes;
    home.series.delete(series);
    const tenant = this.#tenants.get(home.tenantId);
    if (tenant === undefined) return;
    tenant.bytes -= series.bytes;
    if (home.series.size === 0) tenant.drop(home);
    this.leave(tenant);
  }
}
