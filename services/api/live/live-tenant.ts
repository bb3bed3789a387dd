import type { AlertItem } from './items.js';
import type { Subscription } from './live-client.js';
import { LiveMetric } from './live-series.js';
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

  constructor(readonly id: string) {}

  get empty(): boolean {
    return this.metrics.size === 0 && this.alerts.size === 0 && this.subscriptions.size === 0;
  }

  /** The subscriptions that match the name of a metric, be they for its points or for something else. */
  subscriptionsOf(metric: string): ReadonlySet<Subscription> {
    return this.metrics.get(metric)?.subscriptions ?? this.#matching(metric);
  }

  /** The metric, made where it was unknown. */
  metric(name: string): LiveMetric {
    let metric = this.metrics.get(name);
    if (metric === undefined) {
      metric = new LiveMetric(this.id, name, this.#matching(name));
      this.metrics.set(name, metric);
    }
    return metric;
  }

  add(subscription: Subscription): void {
    this.subscriptions.add(subscription);
    const { metrics } = subscription.wanted;
    for (const name of metrics) {
      if (isGlob(name)) this.#withGlobs.add(subscription);
      else this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(subscription));
    }
    for (const metric of this.#matchedBy(subscription)) metric.subscriptions.add(subscription);
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
    for (const metric of metrics) metric.subscriptions.delete(subscription);
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
