import type { Millis } from '../../../shared/core/clock.js';
import { Outbox } from './outbox.js';
import { metricMatcher, type Wanted, wantsAlert, wantsTags } from './wanted.js';

/** Where the messages of a client go. */
export interface LiveSink {
  /** Bytes that were sent and that the client has not taken yet. */
  buffered(): number;
  /** @param text JSON, which begins with the type */
  send(type: string, text: string): void;
  /** It has been too slow for too long; nothing more is sent. */
  tooSlow(): void;
}

/** A series that a client watches. */
export interface WatchedSeries {
  /** Sees that the client is sent what its subscriptions ask for. @returns whether it watches the series now */
  watch(client: LiveClient): boolean;
  /** The client has gone. */
  unwatch(client: LiveClient): void;
}

/** One subscription of a client. */
export class Subscription {
  readonly matches: (metric: string) => boolean;
  /** Its client has as many series as it may, and lacks others. */
  limited = false;
  /** Of its texts, which are kept for as long as it is there. */
  readonly characters: number;

  constructor(
    readonly client: LiveClient,
    readonly id: string,
    readonly wanted: Wanted,
  ) {
    this.characters = charactersOf(wanted);
    this.matches = metricMatcher(wanted.metrics);
  }

  /** Whether it wants a series, of a metric that it matches. */
  wants(series: { readonly tags: Readonly<Record<string, string>> }): boolean {
    return wantsTags(this.wanted, series);
  }

  wantsAlert(labels: Readonly<Record<string, string>>): boolean {
    return this.wanted.kinds.has('alerts') && wantsAlert(this.wanted, this.matches, labels);
  }
}

/** Of the texts that say what is wanted. */
export function charactersOf({ metrics, tags }: Pick<Wanted, 'metrics' | 'tags'>): number {
  const ofMetrics = metrics.reduce((sum, metric) => sum + metric.length, 0);
  return Object.entries(tags).reduce((sum, [name, text]) => sum + name.length + text.length, ofMetrics);
}

/** A client of the hub: what it wants, and what it has not been sent yet. */
export class LiveClient {
  readonly outbox: Outbox;
  readonly subscriptions = new Map<string, Subscription>();
  /** Those that it watches. */
  readonly series = new Set<WatchedSeries>();
  /** Its turn to be sent something will come. */
  scheduled = false;
  closed = false;
  sentAt: Millis = Number.NEGATIVE_INFINITY;
  /** Since when it has not taken what was sent before; null while it does. */
  blockedSince: Millis | null = null;

  constructor(
    readonly sink: LiveSink,
    readonly tenantId: string,
    maxEvents: number,
  ) {
    this.outbox = new Outbox(maxEvents);
  }
}
