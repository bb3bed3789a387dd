import type { AlertItem } from './items.js';
import type { Subscription } from './live-client.js';
import { LiveMetric } from './live-series.js';
import type { SharedBound } from './places.js';
import { isGlob } from './wanted.js';

/** What the hub has of one tenant. Nothing in it refers to another: what is not a tenant's cannot reach its subscribers. */
export class LiveTenant {
  readonly metrics = new Map<string, LiveMetric>();
  /** Alerts that are pending or firing, by fingerprint. */
  readonly alerts = new Map<string, AlertItem>();
  readonly subscriptions = new Set<Subscription>();
  /** About how much memory its series take. */
  bytes = 0;
  readonly #byName = new Map<string, Set<Subscription>>();
  readonly #withGlobs = new Set<Subscription>();

  /** @param matched subscriptions by the metrics that they match, of all tenants: each takes some 30 bytes */
  constructor(
    readonly id: string,
    private readonly matched: SharedBound,
  ) {}

  get empty(): boolean {
    return this.metrics.size === 0 && this.alerts.size === 0 && this.subscriptions.size === 0;
  }

  /** The subscriptions that match the name of a metric, be they for its points or for something else. */
  subscriptionsOf(metric: string): ReadonlySet<Subscription> {
    return this.metrics.get(metric)?.subscriptions ?? this.#matching(metric);
  }

  /** The metric, made where it was unknown; null where too many subscriptions match it for one more. */
  metric(name: string): LiveMetric | null {
    const known = this.metrics.get(name);
    if (known !== undefined) return known;
    const subscriptions = this.#matching(name);
    if (this.matched.fullFor(this.id, subscriptions.size)) return null;
    const metric = new LiveMetric(this.id, name, subscriptions);
    this.keep(metric);
    return metric;
  }

  /** It may have been dropped. */
  keep(metric: LiveMetric): void {
    if (this.metrics.get(metric.name) === metric) return;
    this.metrics.set(metric.name, metric);
    this.matched.add(this.id, metric.subscriptions.size);
  }

  drop(metric: LiveMetric): void {
    if (!this.metrics.delete(metric.name)) return;
    this.matched.remove(this.id, metric.subscriptions.size);
  }

  /** @returns false when it matches more metrics than there is room for */
  add(subscription: Subscription): boolean {
    const matches = new Set(this.#matchedBy(subscription));
    if (this.matched.fullFor(this.id, matches.size)) return false;
    this.matched.add(this.id, matches.size);
    for (const metric of matches) metric.subscriptions.add(subscription);
    this.subscriptions.add(subscription);
    for (const name of subscription.wanted.metrics) {
      if (isGlob(name)) this.#withGlobs.add(subscription);
      else this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(subscription));
    }
    return true;
  }

  remove(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
    this.#withGlobs.delete(subscription);
    for (const name of subscription.wanted.metrics) {
      const others = this.#byName.get(name);
      others?.delete(subscription);
      if (others?.size === 0) this.#byName.delete(name);
    }
    // To look it up everywhere takes less than to find out again what its globs match.
    const metrics = subscription.wanted.metrics.some(isGlob)
      ? this.metrics.values()
      : this.#matchedBy(subscription);
    let removed = 0;
    for (const metric of metrics) if (metric.subscriptions.delete(subscription)) removed += 1;
    this.matched.remove(this.id, removed);
  }

  /** The known metrics whose names a subscription matches. */
  *#matchedBy({ wanted, matches }: Subscription): Generator<LiveMetric> {
    if (wanted.metrics.some(isGlob)) {
      for (const metric of this.metrics.values()) if (matches(metric.name)) yield metric;
      return;
    }
    for (const name of wanted.metrics) {
      const metric = this.metrics.get(name);
      if (metric !== undefined) yield metric;
    }
  }

  #matching(metric: string): Set<Subscription> {
    const found = new Set(this.#byName.get(metric));
    for (const subscription of this.#withGlobs) if (subscription.matches(metric)) found.add(subscription);
    return found;
  }
}
