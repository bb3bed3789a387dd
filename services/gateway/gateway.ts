import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ServerTls } from '../../shared/adapters/http/server-tls.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { createKafka } from '../../shared/adapters/kafka/client.js';
import { batchProducer } from '../../shared/adapters/kafka/produce/batch-producer.js';
import { keySecretText } from '../../shared/config/key-secret.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import { packageVersion } from '../../shared/files/package-root.js';
import type { KeyVerifier } from '../../shared/ports/keys.js';
import type { BatchResult } from '../../shared/ports/log.js';
import type { WorkerContext } from '../../shared/process/context.js';
import { untilItWorks } from '../../shared/process/wait.js';
import { knownTenants } from '../../shared/runners/known-tenants.js';
import { countedMarks } from '../../shared/security/counted-mark.js';
import { refuseJson } from './formats/json/answers.js';
import { InFlight } from './http/in-flight.js';
import { Receiver } from './http/receiver.js';
import { serve } from './http/server.js';
import { openApi } from './openapi.js';
import { SeriesCache } from './points/series-cache.js';
import { BatchSink } from './produce/batch-sink.js';
import { CountedRecords } from './produce/counted-records.js';
import { Gatherer } from './produce/gatherer.js';
import { gatewayQuotas } from './quota/gateway-quotas.js';
import { ROUTES } from './routes.js';
import { GatewayTelemetry } from './telemetry.js';
import { HeadSampler } from './tracing/head-sampler.js';
import { RequestTraces } from './tracing/request-traces.js';

/** Records may be longer than what they are made of, which has tenant and metric once for many. */
const RECORD_BYTES_PER_BODY_BYTE = 2;
const KAFKA = 'Kafka (producing)';
const WARN_EVERY_MS = 10_000;

export interface Gateway {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts the gateway. From then on it needs Kafka alone: keys and tenants are at hand, and so are the ids of schemas.
 *
 * @param keys those that are in force
 */
export async function startGateway(context: WorkerContext, keys: KeyVerifier): Promise<Gateway> {
  const { config, clock, health, log, stopping } = context;
  const { gateway } = config;
  const tls = ServerTls.of('gateway', config, log);
  const secret = keySecretText(config);
  const { tenants, profiles, follow } = knownTenants(context);
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const points = await codecs.encoder('ingest.metrics');
  const events = await codecs.encoder('ingest.events');
  const unfollow = await follow();
  const waiting = { what: KAFKA, signal: stopping, log, health };
  const options = { kafka: createKafka(context), timeoutMs: gateway.produceTimeoutMs };
  const producer = await untilItWorks(() => batchProducer(context, options), waiting);

  const telemetry = new GatewayTelemetry(context.metrics);
  const { source, quotas, evicted, close } = gatewayQuotas(context, profiles, () => telemetry.quotaFailed());
  const inFlight = new InFlight(gateway);
  /** While nobody sends, because we are not ready, only asking shows that Kafka is back. */
  let asking = false;
  let warnedAt = Number.NEGATIVE_INFINITY;
  const produced = ({ error, refused, missing }: BatchResult, records: number) => {
    if (error === null || refused.size > 0 || asking) return;
    if (missing.size < records) {
      // Kafka is there, but for some partitions, and may stay so for long.
      if (clock.now() - warnedAt < WARN_EVERY_MS) return;
      warnedAt = clock.now();
      log.warn({ error }, `some partitions take nothing, their senders are answered 503: ${error.message}`);
      return;
    }
    asking = true;
    log.warn({ error }, `a produce failed, its senders are answered 503: ${error.message}`);
    health.block(KAFKA, `waiting for Kafka: ${error.message}`);
    void untilItWorks(() => producer.ask(), waiting)
      .catch((cause: unknown) => log.debug({ error: cause }, 'stopped while Kafka was away'))
      .finally(() => {
        asking = false;
        health.clear(KAFKA);
      });
  };
  const counted = new CountedRecords(source, secret === null ? null : countedMarks(secret));
  let writing = 0;
  let writes = 0;
  const unwatch = health.watch('producing', { pending: () => writing > 0, done: () => writes });
  const marking = {
    async write(batch: OutputBatch) {
      writing += 1;
      const result = await producer.write(counted.mark(batch)).finally(() => {
        writing -= 1;
        writes += 1;
      });
      telemetry.written(batch, result);
      return result;
    },
  };
  const gatherer = new Gatherer({ ...gateway, producer: marking, produced });
  const cache = new SeriesCache({
    maxBytes: gateway.seriesCacheBytes,
    maxTenantBytes: Math.ceil(gateway.seriesCacheBytes / 2),
  });
  const sink = new BatchSink({
    ...{ points, events, tenants, limits: config.ingest, cache },
    maxRecordBytes: RECORD_BYTES_PER_BODY_BYTE * gateway.maxUnpackedBytes,
  });
  const { tracing } = context;
  const sampler = new HeadSampler({ ...config.tracing, random: Math.random });
  const server = await serve({
    ...{ host: gateway.httpHost, port: gateway.httpPort, tls, routes: ROUTES, log },
    maxConnections: gateway.maxConnections,
    requestTimeoutMs: gateway.requestTimeoutMs,
    receiver: new Receiver({
      ...{ keys, tenants, quotas, inFlight, gatherer, sink, clock, observer: telemetry, limits: gateway },
      ...(tracing !== undefined && { traces: new RequestTraces(tracing, sampler) }),
    }),
    plain: { refuse: refuseJson },
    description: openApi(packageVersion()),
    dropped: () => telemetry.dropped(),
    answered: (...request) => telemetry.responded(...request),
  });
  telemetry.watch({ inFlight, connections: server.connections, evicted, cache });
  log.info({ httpPort: server.port, tls: tls !== null }, `the gateway listens on port ${server.port}`);
  return {
    port: server.port,
    stop: async () => {
      // Requests that were begun wait for their produce, which lingers no more.
      await Promise.all([server.close(), gatherer.drain()]);
      unwatch();
      await producer.close();
      close();
      await unfollow();
    },
  };
}
