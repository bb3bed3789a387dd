import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type HttpTelemetry, httpTelemetry } from '../../shared/adapters/http/http-telemetry.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import type { BatchResult } from '../../shared/ports/log.js';
import { type FlowTelemetry, flowTelemetry } from '../../shared/process/flow-telemetry.js';
import { countedByTenant } from '../../shared/process/tenant-counter.js';
import { TracedHistogram } from '../../shared/process/traced-histogram.js';
import type { Exceeded } from '../../shared/quotas/limits.js';
import type { InFlight } from './http/in-flight.js';
import type { ItemFate, RequestObserver } from './http/observer.js';
import type { SeriesCache, SeriesCacheCounts } from './points/series-cache.js';

const QUOTAS = { name: 'gateway' };

/** What is read when metrics are collected. */
interface Watched {
  readonly inFlight: InFlight;
  readonly connections: () => Promise<number>;
  /** Tenants and keys that quotas have forgotten. */
  readonly evicted: () => number;
  /** What is known of series. */
  readonly cache: Pick<SeriesCache, 'counts'>;
}

/** Statuses that mostly come after others. */
const OTHER_STATUSES = ['400', '401', '403', '413', '429', '500', '503'];

/** Metrics of the gateway: what came, what became of it, and where the time went. */
export class GatewayTelemetry implements RequestObserver {
  readonly #formats = new Set<string>();
  readonly #requests: Counter<'format' | 'status'>;
  readonly #seconds: TracedHistogram<'format'>;
  readonly #stages: Histogram<'stage' | 'format'>;
  readonly #bytes: Counter<'format' | 'form'>;
  readonly #items: Counter<'format' | 'outcome'>;
  readonly #refusedItems: Counter<'format' | 'code'>;
  readonly #leftOut: Counter<'format' | 'reason'>;
  readonly #refused: Counter<'code'>;
  readonly #refusedOfTenant: (tenant: string) => void;
  readonly #overQuota: Counter<'quantity' | 'of' | 'reason'>;
  readonly #overQuotaOfTenant: (tenant: string) => void;
  readonly #quotaFailures: Counter;
  readonly #gone: Counter<'format'>;
  readonly #dropped: Counter;
  readonly #flow: FlowTelemetry;
  readonly #http: HttpTelemetry;
  readonly #limited: Counter<'name' | 'result'>;
  readonly #waits: Histogram<'name'>;
  #watched: Watched | null = null;

  constructor(register: Registry) {
    const registers = [register];
    this.#flow = flowTelemetry(register);
    this.#http = httpTelemetry(register);
    this.#requests = new Counter({
      name: 'tactus_gateway_requests_total',
      help: 'Requests that were answered, by format and status',
      labelNames: ['format', 'status'],
      registers,
    });
    this.#seconds = new TracedHistogram({
      name: 'tactus_gateway_request_seconds',
      help: 'Time from the headers of a request to its answer',
      labelNames: ['format'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#stages = new Histogram({
      name: 'tactus_gateway_stage_seconds',
      help: 'Where the time of requests goes: read the body, unpack, decode and write as records, wait for the produce, produce',
      labelNames: ['stage', 'format'],
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    });
    this.#bytes = new Counter({
      name: 'tactus_gateway_body_bytes_total',
      help: 'Bytes of bodies, as they were sent and unpacked',
      labelNames: ['format', 'form'],
      registers,
    });
    this.#items = new Counter({
      name: 'tactus_gateway_items_total',
      help: 'Points and events of requests: accepted (and acknowledged by Kafka), unacknowledged (the request is answered 503, and they may be written all the same), over_quota (not written), duplicate in their request, refused',
      labelNames: ['format', 'outcome'],
      registers,
    });
    this.#refusedItems = new Counter({
      name: 'tactus_gateway_items_refused_total',
      help: 'Points and events that were refused, by the reason',
      labelNames: ['format', 'code'],
      registers,
    });
    this.#leftOut = new Counter({
      name: 'tactus_gateway_samples_left_out_total',
      help: 'Samples that make no point and are no mistake of the sender: NaN, infinite, stale, of a kind that is not kept',
      labelNames: ['format', 'reason'],
      registers,
    });
    this.#refused = new Counter({
      name: 'tactus_gateway_requests_refused_total',
      help: 'Requests that were refused as a whole, by the reason',
      labelNames: ['code'],
      registers,
    });
    this.#refusedOfTenant = countedByTenant(
      new Counter({
        name: 'tactus_gateway_tenant_requests_refused_total',
        help: 'Requests that were refused as a whole; of the 100 tenants counted last',
        labelNames: ['tenant'],
        registers,
      }),
    );
    this.#overQuota = new Counter({
      name: 'tactus_gateway_over_quota_total',
      help: 'Requests that were refused because of a quota: of what, of a tenant or a key, and whether it was a burst, has lasted (TACTUS_QUOTA_LASTING_AFTER_MS) or can never fit',
      labelNames: ['quantity', 'of', 'reason'],
      registers,
    });
    this.#overQuotaOfTenant = countedByTenant(
      new Counter({
        name: 'tactus_gateway_tenant_over_quota_total',
        help: 'Requests that were refused because of a quota; of the 100 tenants counted last',
        labelNames: ['tenant'],
        registers,
      }),
    );
    this.#limited = new Counter({
      name: 'rate_limit_requests_total',
      help: 'Requests by what the quotas said: allowed, or rejected',
      labelNames: ['name', 'result'],
      registers,
    });
    this.#waits = new Histogram({
      name: 'rate_limit_wait_time_seconds',
      help: 'Retry-After of the answers to senders that are over their quota, where it can ever fit',
      labelNames: ['name'],
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    });
    this.#quotaFailures = new Counter({
      name: 'tactus_gateway_quota_redis_failures_total',
      help: 'Times that Redis did not answer about quotas in time, or was not connected: each stands for up to a second in which quotas are counted without it (TACTUS_QUOTA_WITHOUT_REDIS)',
      registers,
    });
    this.#gone = new Counter({
      name: 'tactus_gateway_senders_gone_total',
      help: 'Requests whose sender closed the connection before the body was complete',
      labelNames: ['format'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'tactus_gateway_connections_dropped_total',
      help: 'Connections that were closed at once because TACTUS_GATEWAY_MAX_CONNECTIONS was reached',
      registers,
    });
    const telemetry = this;
    new Counter({
      name: 'tactus_gateway_quota_accounts_evicted_total',
      help: 'Tenants and keys whose use was forgotten because of TACTUS_QUOTA_MAX_ACCOUNTS; while quotas are counted in Redis, it is still known there',
      registers,
      collect() {
        this.reset();
        this.inc(telemetry.#watched?.evicted() ?? 0);
      },
    });
    const ofCache = (metric: Gauge<'format'> | Counter<'format'>, name: keyof SeriesCacheCounts) => {
      metric.reset();
      for (const [format, counts] of telemetry.#watched?.cache.counts ?? [])
        metric.inc({ format }, counts[name]);
    };
    new Counter({
      name: 'tactus_gateway_series_cache_hits_total',
      help: 'Series that were known by the bytes of their labels, of all tenants; by format, where some keep more than series (-scopes, -symbols, -fields)',
      labelNames: ['format'],
      registers,
      collect() {
        ofCache(this, 'hits');
      },
    });
    new Counter({
      name: 'tactus_gateway_series_cache_misses_total',
      help: 'Series whose labels were read anew: a share that stays high means that TACTUS_GATEWAY_SERIES_CACHE_BYTES is too little, or that each series comes once',
      labelNames: ['format'],
      registers,
      collect() {
        ofCache(this, 'misses');
      },
    });
    new Counter({
      name: 'tactus_gateway_series_cache_evicted_total',
      help: 'Series that were forgotten because of TACTUS_GATEWAY_SERIES_CACHE_BYTES, of which one tenant may have half',
      labelNames: ['format'],
      registers,
      collect() {
        ofCache(this, 'evicted');
      },
    });
    new Gauge({
      name: 'tactus_gateway_series_cache_bytes',
      help: 'Memory that what is known of series takes, about',
      labelNames: ['format'],
      registers,
      collect() {
        ofCache(this, 'bytes');
      },
    });
    new Gauge({
      name: 'tactus_gateway_in_flight_bytes',
      help: 'Bytes of requests that are not answered yet, as sent, unpacked or records',
      registers,
      collect() {
        this.set(telemetry.#watched?.inFlight.bytes ?? 0);
      },
    });
    new Gauge({
      name: 'tactus_gateway_connections',
      help: 'Open connections of senders',
      registers,
      async collect() {
        this.set((await telemetry.#watched?.connections()) ?? 0);
      },
    });
  }

  watch(watched: Watched): void {
    this.#watched = watched;
    this.#http.watch(watched.connections);
  }

  answered(format: string, status: number, seconds: number, traceId: string | undefined): void {
    if (!this.#formats.has(format)) {
      this.#formats.add(format);
      // What is counted from 0 has a rate from its second request on.
      for (const other of OTHER_STATUSES) this.#requests.inc({ format, status: other }, 0);
    }
    this.#requests.inc({ format, status: String(status) });
    this.#seconds.observe({ format }, seconds, traceId);
  }

  gone(format: string): void {
    this.#gone.inc({ format });
  }

  dropped(): void {
    this.#dropped.inc();
  }

  stage(stage: string, format: string, seconds: number): void {
    this.#stages.observe({ stage, format }, seconds);
  }

  read(format: string, bodyBytes: number, unpackedBytes: number): void {
    this.#bytes.inc({ format, form: 'sent' }, bodyBytes);
    this.#bytes.inc({ format, form: 'unpacked' }, unpackedBytes);
  }

  taken(
    format: string,
    { accepted, duplicates, refused, byCode, leftOut }: Parameters<RequestObserver['taken']>[1],
    fate: ItemFate,
  ): void {
    const passed = fate === 'over_quota' ? 0 : accepted;
    let left = 0;
    for (const count of leftOut.values()) left += count;
    this.#flow.received(accepted + duplicates + refused + left);
    this.#flow.dropped('receiving', 'over_quota', accepted - passed);
    this.#flow.dropped('receiving', 'duplicate', duplicates);
    this.#flow.dropped('receiving', 'refused', refused);
    this.#flow.dropped('receiving', 'left_out', left);
    if (fate !== 'over_quota') this.#limited.inc({ ...QUOTAS, result: 'allowed' });
    if (accepted > 0) this.#items.inc({ format, outcome: fate }, accepted);
    if (duplicates > 0) this.#items.inc({ format, outcome: 'duplicate' }, duplicates);
    if (refused > 0) this.#items.inc({ format, outcome: 'refused' }, refused);
    for (const [code, count] of byCode) this.#refusedItems.inc({ format, code }, count);
    for (const [reason, count] of leftOut) this.#leftOut.inc({ format, reason }, count);
  }

  overQuota(tenant: string, { quantity, of, never, lasting, retryAfterS }: Exceeded): void {
    const reason = never ? 'never' : lasting ? 'lasting' : 'burst';
    this.#overQuota.inc({ quantity, of, reason });
    this.#limited.inc({ ...QUOTAS, result: 'rejected' });
    if (!never && Number.isFinite(retryAfterS)) this.#waits.observe(QUOTAS, retryAfterS);
    this.#overQuotaOfTenant(tenant);
  }

  /** An attempt to write records to Kafka has ended. */
  written({ topics }: Pick<OutputBatch, 'topics'>, { missing, error }: BatchResult): void {
    if (error !== null) this.#flow.threw('sending', error);
    this.#flow.sentTo([topics], missing);
  }

  /** Any request was answered, those of paths that there are not included. */
  responded(method: string, path: string | undefined, status: number, seconds: number): void {
    this.#http.answered(method, path, status, seconds);
  }

  quotaFailed(): void {
    this.#quotaFailures.inc();
  }

  refused(code: string, tenant: string | null): void {
    this.#refused.inc({ code });
    this.#flow.failed('receiving', code);
    if (tenant !== null) this.#refusedOfTenant(tenant);
  }
}
