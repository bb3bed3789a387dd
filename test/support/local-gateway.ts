import type { Agent } from 'node:http';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Event, MetricPoint } from '../../schemas/types.js';
import { refuseJson } from '../../services/gateway/formats/json/answers.js';
import { InFlight } from '../../services/gateway/http/in-flight.js';
import { Receiver } from '../../services/gateway/http/receiver.js';
import { type GatewayServer, serve } from '../../services/gateway/http/server.js';
import { openApi } from '../../services/gateway/openapi.js';
import { SeriesCache } from '../../services/gateway/points/series-cache.js';
import { BatchSink } from '../../services/gateway/produce/batch-sink.js';
import { Gatherer } from '../../services/gateway/produce/gatherer.js';
import { gatewayQuotas } from '../../services/gateway/quota/gateway-quotas.js';
import { ROUTES } from '../../services/gateway/routes.js';
import { GatewayTelemetry } from '../../services/gateway/telemetry.js';
import { HeadSampler } from '../../services/gateway/tracing/head-sampler.js';
import { RequestTraces } from '../../services/gateway/tracing/request-traces.js';
import { AvroDecoder, AvroEncoder } from '../../shared/adapters/avro/value-codec.js';
import { Tenants } from '../../shared/admission/tenants.js';
import { loadSchemas, recordSchema } from '../../shared/catalog/schemas.js';
import { type Config, loadConfig } from '../../shared/config/load.js';
import { systemClock } from '../../shared/core/clock.js';
import type { OutputBatch, OutputRecord } from '../../shared/core/output-batch.js';
import { isRefusal, type KeyVerifier, type Principal } from '../../shared/ports/keys.js';
import type { BatchResult } from '../../shared/ports/log.js';
import { createLogger } from '../../shared/process/logger.js';
import { authorized } from '../../shared/security/key-ring.js';
import { KnownTenants } from '../../shared/tenancy/known-tenants.js';
import { post, type SentAnswer } from './post.js';
import { RecordedTracing } from './recorded-tracing.js';

const WRITE: Principal['scopes'] = new Set(['write:metrics', 'write:events']);
const KEYS: Readonly<Record<string, Principal>> = {
  'key-of-acme': { keyId: 'acme', tenantId: 'acme', scopes: WRITE },
  'key-of-all': { keyId: 'all', tenantId: '*', scopes: WRITE },
  'key-to-read': { keyId: 'reader', tenantId: 'acme', scopes: new Set(['read']) },
};

/** Keys of tests, by what is presented. */
export const TEST_KEYS: KeyVerifier = {
  verify: (presented) =>
    KEYS[presented] ?? { refused: 'unknown', message: 'the key is unknown', keyId: null },
  authorize: (principal, scope, tenantId) => authorized(principal, scope, tenantId),
};

const SCHEMAS = loadSchemas();
const POINTS = recordSchema(SCHEMAS, 'MetricPoint').schema;
const EVENTS = recordSchema(SCHEMAS, 'Event').schema;
const [POINT_ID, EVENT_ID] = [1, 2];
const ON_REQUEST = { sampleRatio: 0, maxTracesPerSecond: 1_000, random: Math.random };
const WRITTEN: BatchResult = { missing: new Set(), refused: new Map(), error: null };

/** The gateway on a log that is a list: its HTTP edge is real, Kafka is not. */
export class LocalGateway {
  readonly records: OutputRecord[] = [];
  /** Tenants that keys were not allowed to send for. */
  readonly refusedTenants: (string | null)[] = [];
  /** What becomes of the next batches. */
  produce: (batch: OutputBatch) => Promise<BatchResult> = async (batch) => {
    this.records.push(
      ...[...batch].map((record) => ({
        ...record,
        key: copied(record.key),
        value: Buffer.from(record.value),
      })),
    );
    return WRITTEN;
  };
  readonly metrics = new Registry();
  /** Of requests whose senders ask for it. */
  readonly tracing = new RecordedTracing();
  /** Lines of the log. */
  readonly logged: string[] = [];
  readonly #log = createLogger('gateway', 'info', {
    destination: { write: (line) => void this.logged.push(line) },
  });
  readonly profiles = new KnownTenants();
  readonly config: Config;
  readonly inFlight: InFlight;
  readonly gatherer: Gatherer;
  readonly #telemetry = new GatewayTelemetry(this.metrics);
  #server: GatewayServer | undefined;
  #close = () => {};

  private constructor(
    env: Readonly<Record<string, string>>,
    private readonly traces: RequestTraces | null,
  ) {
    this.config = loadConfig({ HTTP_PORT: '0', TACTUS_QUOTA_SHARED: 'none', ...env });
    this.inFlight = new InFlight(this.config.gateway);
    const producer = { write: (batch: OutputBatch) => this.produce(batch) };
    this.gatherer = new Gatherer({ ...this.config.gateway, producer });
  }

  /** @param traces of its requests; by default {@link tracing} has those whose senders ask for it */
  static async start(
    env: Readonly<Record<string, string>> = {},
    traces: RequestTraces | null = null,
  ): Promise<LocalGateway> {
    const local = new LocalGateway(env, traces);
    await local.#listen();
    return local;
  }

  async #listen(): Promise<void> {
    const { gateway, ingest } = this.config;
    const tenants = new Tenants({ rejectUnknown: false, maxSeries: 1 });
    const { quotas, evicted, close } = gatewayQuotas(
      { ...{ config: this.config, name: 'gateway', clock: systemClock }, log: pino({ level: 'silent' }) },
      this.profiles,
      () => this.#telemetry.quotaFailed(),
    );
    this.#close = close;
    const cache = new SeriesCache({ maxBytes: 1 << 20, maxTenantBytes: 1 << 20 });
    const sink = new BatchSink({
      points: new AvroEncoder<MetricPoint>(POINTS, POINT_ID as number),
      events: new AvroEncoder<Event>(EVENTS, EVENT_ID as number),
      ...{ tenants, limits: ingest, maxRecordBytes: 2 * gateway.maxUnpackedBytes },
      cache,
    });
    const keys: KeyVerifier = {
      ...TEST_KEYS,
      authorize: (principal, scope, tenantId, access) => {
        const answer = TEST_KEYS.authorize(principal, scope, tenantId, access);
        if (isRefusal(answer)) this.refusedTenants.push(tenantId);
        return answer;
      },
    };
    this.#server = await serve({
      ...{ host: '127.0.0.1', port: 0, tls: null, routes: ROUTES, log: this.#log },
      ...{ maxConnections: gateway.maxConnections, requestTimeoutMs: gateway.requestTimeoutMs },
      receiver: new Receiver({
        ...{ keys, tenants, quotas, inFlight: this.inFlight, gatherer: this.gatherer, sink },
        ...{ clock: systemClock, observer: this.#telemetry, limits: gateway },
        traces: this.traces ?? new RequestTraces(this.tracing, new HeadSampler(ON_REQUEST)),
      }),
      plain: { refuse: refuseJson },
      description: openApi('0.0.0'),
      dropped: () => this.#telemetry.dropped(),
      answered: (...request) => this.#telemetry.responded(...request),
    });
    this.#telemetry.watch({ inFlight: this.inFlight, connections: this.#server.connections, evicted, cache });
  }

  get port(): number {
    return (this.#server as GatewayServer).port;
  }

  /** All records that were written, which are events. */
  get events(): Event[] {
    return this.#decoded<Event>(EVENTS);
  }

  /** All records that were written, which are points. */
  get points(): MetricPoint[] {
    return this.#decoded<MetricPoint>(POINTS);
  }

  #decoded<T>(schema: typeof EVENTS): T[] {
    const decoder = new AvroDecoder<T>(schema, { prepare: async () => {}, get: () => ({ schema }) });
    return this.records.map(({ value }) => decoder.decode(value));
  }

  /** Posts as tenant acme, each request over a connection of its own unless an agent keeps some. */
  async post(
    path: string,
    body: Buffer | string,
    headers: Readonly<Record<string, string>> = {},
    agent: Agent | false = false,
  ): Promise<SentAnswer> {
    const given = { authorization: 'Bearer key-of-acme', 'content-type': 'application/json', ...headers };
    const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    return await post({ port: this.port, path, headers: kept, body, agent });
  }

  /** As SIGTERM does. */
  async stop(): Promise<void> {
    await Promise.all([this.#server?.close(), this.gatherer.drain()]);
    this.#close();
  }
}

/** Batches are used again. */
function copied(key: Buffer | string | null): Buffer | string | null {
  return Buffer.isBuffer(key) ? Buffer.from(key) : key;
}
