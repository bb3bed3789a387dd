import { Counter, Gauge, type Registry } from 'prom-client';
import type { LiveHub } from './live-hub.js';

export type Transport = 'websocket' | 'sse' | 'graphql';
const TRANSPORTS: readonly Transport[] = ['websocket', 'sse', 'graphql'];

/** Metrics of live updates. */
export class LiveTelemetry {
  readonly #clients: Gauge<'transport'>;
  readonly #closed: Counter<'code'>;
  readonly #unreadable: Counter<'topic'>;
  #hub: LiveHub | null = null;

  constructor(register: Registry) {
    const registers = [register];
    this.#clients = new Gauge({
      name: 'tactus_live_clients',
      help: 'Clients of live updates that are connected',
      labelNames: ['transport'],
      registers,
    });
    for (const transport of TRANSPORTS) this.#clients.set({ transport }, 0);
    this.#closed = new Counter({
      name: 'tactus_live_closed_total',
      help: 'Connections of live updates that the server has closed, by the code that services/api/live/README.md lists; 4008 are those that read too slowly',
      labelNames: ['code'],
      registers,
    });
    this.#unreadable = new Counter({
      name: 'tactus_live_unreadable_total',
      help: 'Records that live updates have passed over because they cannot be decoded; those who work with them say why',
      labelNames: ['topic'],
      registers,
    });
    const read = (figure: (hub: LiveHub) => number) => (this.#hub === null ? 0 : figure(this.#hub));
    new Counter({
      name: 'tactus_live_updates_sent_total',
      help: 'Points, windows, anomalies and alerts, each time that one was sent to a client',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.counts.sent));
      },
    });
    new Counter({
      name: 'tactus_live_messages_sent_total',
      help: 'Messages that these were sent in',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.counts.messages));
      },
    });
    new Counter({
      name: 'tactus_live_updates_coalesced_total',
      help: 'Updates that were not sent because a newer one of the same series was there when the turn of the client came',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.counts.coalesced));
      },
    });
    new Counter({
      name: 'tactus_live_anomalies_dropped_total',
      help: 'Anomalies that were not sent to a client because TACTUS_API_LIVE_MAX_EVENTS waited for it already',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.counts.dropped));
      },
    });
    new Counter({
      name: 'tactus_live_limited_total',
      help: 'Subscriptions that match more series than a client may watch (TACTUS_API_LIVE_MAX_CLIENT_SERIES)',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.counts.limited));
      },
    });
    new Counter({
      name: 'tactus_live_series_refused_total',
      help: 'Series whose newest value is not kept for new subscriptions because of TACTUS_API_LIVE_SERIES_BYTES, each time that one was looked at',
      registers,
      collect() {
        this.reset();
        this.inc(read((hub) => hub.table.refused));
      },
    });
    new Gauge({
      name: 'tactus_live_subscriptions',
      help: 'Subscriptions of all clients',
      registers,
      collect() {
        this.set(read((hub) => hub.subscriptions));
      },
    });
    new Gauge({
      name: 'tactus_live_known_series',
      help: 'Series whose newest value live updates know, for those who subscribe',
      registers,
      collect() {
        this.set(read((hub) => hub.table.size));
      },
    });
    new Gauge({
      name: 'tactus_live_series_bytes',
      help: 'Memory that these take, about',
      registers,
      collect() {
        this.set(read((hub) => hub.table.bytes));
      },
    });
  }

  watch(hub: LiveHub): void {
    this.#hub = hub;
  }

  opened(transport: Transport): void {
    this.#clients.inc({ transport });
  }

  ended(transport: Transport): void {
    this.#clients.dec({ transport });
  }

  /** The server has closed a connection. */
  closed(code: number): void {
    this.#closed.inc({ code: String(code) });
  }

  unreadable(topic: string, records: number): void {
    if (records > 0) this.#unreadable.inc({ topic }, records);
  }
}
