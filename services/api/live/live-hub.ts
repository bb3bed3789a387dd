import type { Alert, Anomaly, WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { KindNumber } from '../../../shared/wire/metric-point-reader.js';
import { DrainSchedule } from './drain-schedule.js';
import { AlertItem, anomalyText, type LiveItem, WindowItem } from './items.js';
import { LiveClient, type LiveSink, Subscription } from './live-client.js';
import type { LiveLimits } from './live-limits.js';
import type { LiveSeries } from './live-series.js';
import { Pace } from './pace.js';
import { Places } from './places.js';
import { SeriesTable } from './series-table.js';
import { SubscribeBounds } from './subscribe-bounds.js';
import type { LiveKind, Wanted } from './wanted.js';

/** Points by the numbers that the hub's index has given to their series; -1 for what is none. */
export interface LivePoints {
  readonly length: number;
  readonly keys: Int32Array;
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly offsets: ArrayLike<number>;
  readonly kinds: { readonly kinds: ArrayLike<number> } | null;
}

const TICK_MS = 10;
/** Of `intervalMs`, where sending takes much of the time. */
const LONGEST_INTERVAL = 1.5;

/**
 * What everybody is sent: who has subscribed to what, the newest state of everything that may be subscribed to, and
 * what each client has not been sent yet.
 *
 * An update costs a look at its series, and then only the clients that watch it: each is noted to lack it, no more. When a
 * client's turn comes, at most every `intervalMs`, it is sent the newest state of what it lacks. So a client that reads
 * slowly, or many updates at once, cost neither memory nor the other clients' time. Does no I/O and reads no clock.
 */
export class LiveHub {
  readonly table: SeriesTable;
  readonly places: Places;
  readonly clients = new Set<LiveClient>();
  readonly counts = {
    /** Updates, anomalies and alerts, each time that one was sent to a client. */
    sent: 0,
    messages: 0,
    /** Updates that were not sent because a newer one was there when the client's turn came. */
    coalesced: 0,
    /** Anomalies that were dropped because too many waited for a client. */
    dropped: 0,
    /** Clients closed because they read too slowly. */
    slow: 0,
    /** Times that a client had as many series as it may. */
    limited: 0,
  };
  alerts = 0;
  subscriptions = 0;
  /** Since when what is known may be old, because where it comes from is not heard of; null while it is. */
  #staleSince: Millis | null = null;
  readonly #interest: Record<LiveKind, number> = { metrics: 0, windows: 0, anomalies: 0, alerts: 0 };
  readonly #schedule: DrainSchedule<LiveClient>;
  readonly #pace: Pace;
  readonly #subscribing = new SubscribeBounds();

  /** @param monotonic milliseconds of a clock that never goes back */
  constructor(
    readonly limits: LiveLimits,
    private readonly monotonic: () => Millis,
  ) {
    this.places = new Places(limits.maxClients, limits.maxWatched);
    const longestMs = LONGEST_INTERVAL * limits.intervalMs;
    this.#schedule = new DrainSchedule(TICK_MS, longestMs, monotonic());
    this.#pace = new Pace(limits.intervalMs, longestMs, monotonic());
    this.table = new SeriesTable({
      maxBytes: limits.maxSeriesBytes,
      staleMs: limits.staleMs,
      maxMatched: limits.maxMatched,
      onWanted: (series) => this.#link(series),
    });
  }

  /** Somebody waits for a turn: `drain` is to be called each {@link TICK_MS}. */
  get pending(): boolean {
    return this.#schedule.size > 0;
  }

  /** There are as many clients as there may be, of all tenants or of this one. */
  fullFor(tenantId: string): boolean {
    return this.places.fullFor(tenantId);
  }

  /** Whether anybody has subscribed to such things at all. */
  isWanted(kind: LiveKind): boolean {
    return this.#interest[kind] > 0;
  }

  /**
   * @param tenantId whose client it is
   * @returns null when there are as many clients as there may be
   */
  open(sink: LiveSink, tenantId: string): LiveClient | null {
    if (this.fullFor(tenantId)) return null;
    this.places.addClient(tenantId);
    const client = new LiveClient(sink, tenantId, this.limits.maxEvents);
    this.clients.add(client);
    if (this.#staleSince !== null) this.#sendStatus(client);
    return client;
  }

  close(client: LiveClient): void {
    client.closed = true;
    if (!this.clients.delete(client)) return;
    this.places.removeClient(client.tenantId, client.series.size);
    for (const subscription of client.subscriptions.values()) this.#remove(subscription);
    client.subscriptions.clear();
    for (const series of client.series) series.unwatch(client);
    client.series.clear();
  }

  /**
   * What is known of what is wanted is sent first, then what changes. Another subscription of the client with the same id ends,
   * unless this one is refused.
   *
   * @returns how many series the client watches because of it, and whether there are more than it may
   * @throws TactusError `TACTUS_REQUEST_INVALID`, `TACTUS_API_OVERLOADED`
   */
  subscribe(
    client: LiveClient,
    id: string,
    wanted: Wanted,
  ): { readonly series: number; readonly limited: boolean } {
    const began = this.monotonic();
    const names = this.table.tenant(wanted.tenantId)?.metrics.size ?? 0;
    this.#subscribing.require(client.tenantId, wanted, names, began);
    try {
      return this.#subscribe(new Subscription(client, id, wanted));
    } finally {
      const now = this.monotonic();
      this.#subscribing.spent(client.tenantId, now - began, now);
    }
  }

  /** @returns false when the client has no such subscription */
  unsubscribe(client: LiveClient, id: string): boolean {
    const subscription = client.subscriptions.get(id);
    if (subscription === undefined) return false;
    client.subscriptions.delete(id);
    this.#remove(subscription);
    this.#unwatchOthers(client);
    return true;
  }

  /** Takes the points of a batch of one partition, in order of their offsets. */
  points({ length, keys, timestamps, values, offsets, kinds }: LivePoints, partition: number): void {
    const { table } = this;
    const now = this.monotonic();
    for (let i = 0; i < length; i++) {
      const key = keys[i] as number;
      const series = key < 0 ? null : table.seen(key, now);
      if (series === null) continue;
      const { point } = series;
      const kind = (kinds?.kinds[i] ?? 0) as KindNumber;
      point.set(partition, offsets[i] as number, timestamps[i] as number, values[i] as number, kind);
      if (series.pointWatchers !== null)
        for (const client of series.pointWatchers) this.#change(client, point);
    }
  }

  /** Whether somebody may want the windows of a metric: others need not be decoded. */
  wantsWindows(tenantId: string, metric: string): boolean {
    const subscriptions = this.table.tenant(tenantId)?.subscriptionsOf(metric) ?? [];
    for (const { wanted } of subscriptions) if (wanted.kinds.has('windows')) return true;
    return false;
  }

  window(window: WindowAggregate): void {
    const series = this.table.seen(this.table.index.intern(window), this.monotonic());
    if (series === null || series.windowWatchers === null) return;
    series.windows ??= new Map();
    let item = series.windows.get(window.window);
    if (item === undefined) {
      item = new WindowItem(window);
      series.windows.set(window.window, item);
    } else item.set(window);
    for (const client of series.windowWatchers) this.#change(client, item);
  }

  anomaly(anomaly: Anomaly): void {
    const clients = new Set<LiveClient>();
    for (const subscription of this.table.tenant(anomaly.tenantId)?.subscriptionsOf(anomaly.metric) ?? [])
      if (subscription.wanted.kinds.has('anomalies') && subscription.wants(anomaly))
        clients.add(subscription.client);
    if (clients.size === 0) return;
    const text = anomalyText(anomaly);
    for (const client of clients) {
      if (!client.outbox.add(text)) this.counts.dropped += 1;
      this.#turn(client);
    }
  }

  /** Takes the newest state of an alert. One that is resolved is sent, and known no more. */
  alert(alert: Alert): void {
    const tenant = this.table.enter(alert.tenantId);
    const known = tenant.alerts.get(alert.fingerprint);
    known?.set(alert);
    const item = known ?? new AlertItem(alert);
    if (alert.state === 'resolved') {
      if (tenant.alerts.delete(alert.fingerprint)) this.alerts -= 1;
    } else if (known === undefined && this.alerts < this.limits.maxAlerts) {
      tenant.alerts.set(alert.fingerprint, item);
      this.alerts += 1;
    }
    // What cannot be about it need not be asked, where it has the name of a metric.
    const metric = Object.hasOwn(alert.labels, 'metric') ? alert.labels.metric : undefined;
    const asked = metric === undefined ? tenant.subscriptions : tenant.subscriptionsOf(metric);
    for (const subscription of asked)
      if (subscription.wantsAlert(alert.labels)) this.#change(subscription.client, item);
    this.table.leave(tenant);
  }

  /** All clients are sent that what they have may be old, or that it is not any more. @param since null: it is not */
  stale(since: Millis | null): void {
    const changes = (since === null) !== (this.#staleSince === null);
    if (!changes) return;
    this.#staleSince = since;
    for (const client of this.clients) this.#sendStatus(client);
  }

  /**
   * Sends to the clients whose turn has come.
   *
   * @param forMs how long it may take
   * @returns false when the time was over before all had their turn
   */
  drain(forMs: Millis): boolean {
    const began = this.monotonic();
    for (let now = began; ; ) {
      const client = this.#schedule.take(began);
      if (client !== undefined) {
        client.scheduled = false;
        if (!client.closed) this.#send(client, began);
        now = this.monotonic();
        if (now - began <= forMs) continue;
      }
      this.#pace.spent(now - began, now);
      return client === undefined;
    }
  }

  #sendStatus(client: LiveClient): void {
    const since = this.#staleSince;
    client.outbox.status({ type: 'status', staleSince: since === null ? null : isoTime(since) });
    this.#turn(client);
  }

  #send(client: LiveClient, now: Millis): void {
    const { maxBufferedBytes, slowCloseMs } = this.limits;
    const { sink, outbox } = client;
    if (sink.buffered() > maxBufferedBytes) {
      client.blockedSince ??= now;
      if (now - client.blockedSince >= slowCloseMs) {
        this.counts.slow += 1;
        this.close(client);
        sink.tooSlow();
        return;
      }
    } else {
      client.blockedSince = null;
      client.sentAt = now;
      outbox.sendTo(sink, maxBufferedBytes, this.counts);
    }
    if (!outbox.empty) this.#schedule.add(scheduled(client), now + this.#pace.intervalMs, now);
  }

  #change(client: LiveClient, item: LiveItem): void {
    if (!client.outbox.change(item)) this.counts.coalesced += 1;
    this.#turn(client);
  }

  #turn(client: LiveClient): void {
    if (client.scheduled) return;
    this.#schedule.add(scheduled(client), client.sentAt + this.#pace.intervalMs, this.monotonic());
  }

  /** A series is new that some subscriptions want. */
  #link(series: LiveSeries): void {
    for (const subscription of series.home.subscriptions)
      if (subscription.wants(series)) this.#watch(series, subscription);
  }

  /** @returns false when the client has as many series as it may, or wants neither its points nor its windows */
  #watch(series: LiveSeries, subscription: Subscription): boolean {
    const { client, wanted } = subscription;
    if (!wanted.kinds.has('metrics') && !wanted.kinds.has('windows')) return false;
    if (!client.series.has(series) && !this.#hasRoom(client)) {
      if (!subscription.limited) {
        subscription.limited = true;
        this.counts.limited += 1;
        client.outbox.notice({ type: 'limited', id: subscription.id, maxSeries: client.series.size });
        this.#turn(client);
      }
      return false;
    }
    client.series.add(series);
    series.watch(client);
    return true;
  }

  /** For one more series, of its own and of all. */
  #hasRoom({ series, tenantId }: LiveClient): boolean {
    return series.size < this.limits.maxClientSeries && this.places.watch(tenantId);
  }

  #sendKnown({ point, windows }: LiveSeries, { client, wanted }: Subscription): void {
    if (wanted.kinds.has('metrics') && point.offset >= 0) this.#change(client, point);
    if (wanted.kinds.has('windows')) for (const item of windows?.values() ?? []) this.#change(client, item);
  }

  #subscribe(subscription: Subscription): { readonly series: number; readonly limited: boolean } {
    const { client, id, wanted } = subscription;
    const replaced = client.subscriptions.get(id);
    // It makes room for the one that replaces it, and takes that room again where it is not enough.
    if (replaced !== undefined) this.#remove(replaced);
    if (!this.#add(subscription)) {
      if (replaced !== undefined) this.#add(replaced);
      throw new TactusError(
        'TACTUS_API_OVERLOADED',
        'metrics: with those of others, subscriptions match more names of metrics than there is room for',
      );
    }
    if (replaced !== undefined) this.#unwatchOthers(client);
    client.subscriptions.set(id, subscription);
    const tenant = this.table.enter(wanted.tenantId);
    let series = 0;
    for (const metric of tenant.metrics.values()) {
      if (!metric.subscriptions.has(subscription)) continue;
      for (const one of metric.series) {
        if (subscription.limited) break;
        if (subscription.wants(one) && this.#watch(one, subscription)) {
          series += 1;
          this.#sendKnown(one, subscription);
        }
      }
    }
    for (const item of tenant.alerts.values())
      if (subscription.wantsAlert(item.alert.labels)) this.#change(client, item);
    return { series, limited: subscription.limited };
  }

  /** @returns false when it matches more metrics than there is room for */
  #add(subscription: Subscription): boolean {
    const { wanted } = subscription;
    const tenant = this.table.enter(wanted.tenantId);
    const hasRoom = tenant.add(subscription);
    if (hasRoom) this.#subscribed(wanted, 1);
    else this.table.leave(tenant);
    return hasRoom;
  }

  #remove(subscription: Subscription): void {
    const { wanted } = subscription;
    const tenant = this.table.enter(wanted.tenantId);
    tenant.remove(subscription);
    this.table.leave(tenant);
    this.#subscribed(wanted, -1);
  }

  /** There is one more, or one less. */
  #subscribed({ kinds }: Wanted, change: 1 | -1): void {
    this.subscriptions += change;
    for (const kind of kinds) this.#interest[kind] += change;
    this.table.subscriptionsChanged();
  }

  /** The series that none of the client's subscriptions wants any more. */
  #unwatchOthers(client: LiveClient): void {
    for (const series of client.series) {
      if (series.watch(client)) continue;
      client.series.delete(series);
      this.places.unwatch(client.tenantId);
    }
  }
}

function scheduled(client: LiveClient): LiveClient {
  client.scheduled = true;
  return client;
}
