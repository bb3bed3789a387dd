import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { createPool } from '../../shared/adapters/postgres/pool.js';
import { createRedis } from '../../shared/adapters/redis/client.js';
import { runSink } from '../../shared/runtime/sink-worker.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { SeriesCache } from './redis/cache.js';
import { latestEntries, windowEntries } from './redis/entries.js';
import { cacheHandler } from './redis/handler.js';
import { SinkTelemetry } from './telemetry.js';
import { tableHandler } from './timescale/handler.js';
import { alerts, anomalies, events, latePoints, metricPoints, windows } from './timescale/tables.js';

/** Longer than any insert takes, also when it waits its turn behind a refresh in the embedded database. */
const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * The `sink` worker: what the stream says into TimescaleDB and Redis. Each target has a consumer
 * group of its own, so that a target that is down holds up nothing but itself.
 */
export const start: StartWorker = async (context) => {
  const { config } = context;
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const shared = {
    maxBatchRows: config.sink.maxBatchRows,
    telemetry: new SinkTelemetry(context.metrics),
  };

  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const stopTimescale = await runSink(context, {
    group: 'sink-timescale',
    handlers: {
      metrics: tableHandler(pool, metricPoints, codecs.decoder('metrics'), shared),
      windows: tableHandler(pool, windows, codecs.decoder('windows'), shared),
      late: tableHandler(pool, latePoints, codecs.decoder('late'), shared),
      events: tableHandler(pool, events, codecs.decoder('events'), shared),
      anomalies: tableHandler(pool, anomalies, codecs.decoder('anomalies'), shared),
      alerts: tableHandler(pool, alerts, codecs.decoder('alerts'), shared),
    },
  });

  const redis = createRedis(context);
  const cache = new SeriesCache(redis, {
    ttlMs: config.sink.cacheTtlMs,
    maxSeries: config.sink.cacheMaxSeries,
    maxWindows: config.sink.cacheWindows,
  });
  const stopRedis = await runSink(context, {
    group: 'sink-redis',
    handlers: {
      metrics: cacheHandler('latest', codecs.decoder('metrics'), shared.telemetry, (points) =>
        cache.storeLatest(latestEntries(points)),
      ),
      windows: cacheHandler('recent_windows', codecs.decoder('windows'), shared.telemetry, (closed) =>
        cache.storeWindows(windowEntries(closed)),
      ),
    },
  });

  return async () => {
    await Promise.all([stopTimescale(), stopRedis()]);
    redis.disconnect();
    await pool.end();
  };
};
