import type { Millis } from '../../../shared/core/clock.js';
import type { Series } from '../../../shared/wire/series.js';
import { headOf, PointItem, type WindowItem } from './items.js';
import type { LiveClient, Subscription, WatchedSeries } from './live-client.js';

/** About what a series takes beside its texts, of which there are two copies of two bytes a character at most. */
const SERIES_BYTES = 600;
const BYTES_PER_CHARACTER = 4;

/** A metric of a tenant that series are known of, and the subscriptions that match its name. */
export class LiveMetric {
  readonly series = new Set<LiveSeries>();

  constructor(
    readonly tenantId: string,
    readonly name: string,
    readonly subscriptions: Set<Subscription>,
  ) {}
}

/** A series that the hub knows the newest values of, and who is to be sent them. */
export class LiveSeries implements Series, WatchedSeries {
  readonly point: PointItem;
  /** By definition; only of series that somebody watches the windows of. */
  windows: Map<string, WindowItem> | null = null;
  /** Null where there is nobody, as with most series. */
  pointWatchers: Set<LiveClient> | null = null;
  windowWatchers: Set<LiveClient> | null = null;
  /** When its last point came. */
  seenAt: Millis = 0;
  /** About how much memory it takes. */
  readonly bytes: number;

  constructor(
    readonly home: LiveMetric,
    readonly tags: Readonly<Record<string, string>>,
  ) {
    const head = headOf({ tenantId: home.tenantId, metric: home.name, tags });
    this.point = new PointItem(head);
    this.bytes = SERIES_BYTES + BYTES_PER_CHARACTER * head.length;
  }

  get tenantId(): string {
    return this.home.tenantId;
  }

  get metric(): string {
    return this.home.name;
  }

  get watched(): boolean {
    return this.pointWatchers !== null || this.windowWatchers !== null;
  }

  watch(client: LiveClient): boolean {
    let points = false;
    let windows = false;
    for (const subscription of client.subscriptions.values()) {
      if (!this.home.subscriptions.has(subscription) || !subscription.wants(this)) continue;
      points ||= subscription.wanted.kinds.has('metrics');
      windows ||= subscription.wanted.kinds.has('windows');
    }
    this.pointWatchers = changed(this.pointWatchers, client, points);
    this.windowWatchers = changed(this.windowWatchers, client, windows);
    if (!points) client.outbox.forget(this.point);
    if (this.windows !== null && !windows)
      for (const item of this.windows.values()) client.outbox.forget(item);
    if (this.windowWatchers === null) this.windows = null;
    return points || windows;
  }

  unwatch(client: LiveClient): void {
    this.pointWatchers = changed(this.pointWatchers, client, false);
    this.windowWatchers = changed(this.windowWatchers, client, false);
    if (this.windowWatchers === null) this.windows = null;
  }
}

function changed(
  watchers: Set<LiveClient> | null,
  client: LiveClient,
  watches: boolean,
): Set<LiveClient> | null {
  if (watches) return (watchers ?? new Set()).add(client);
  watchers?.delete(client);
  return watchers === null || watchers.size === 0 ? null : watchers;
}
