import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { startProducer } from '../../shared/adapters/kafka/produce/producer.js';
import type { Millis } from '../../shared/core/clock.js';
import { messageOf } from '../../shared/core/errors.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { withFailureLog } from './framework/failure-log.js';
import { PointBuffer } from './framework/point-buffer.js';
import { PointSender } from './framework/point-sender.js';
import { type Reading, toPoints } from './framework/samples.js';
import { runSchedule } from './framework/schedule.js';
import { Scraper } from './framework/scraper.js';
import { collectorTelemetry } from './framework/telemetry.js';
import { hostConfig } from './sources/host/config.js';
import { fastReadings, slowReadings } from './sources/host/read.js';
import { pipelineConfig } from './sources/pipeline/config.js';
import { pipelineReadings } from './sources/pipeline/read.js';

/** The `collector` worker: reads this host and its workers, and writes points to `ingest.metrics`. */
export const start: StartWorker = async (context) => {
  const { config, clock, health, stopping } = context;
  const { tenantId, intervalMs, slowIntervalMs, readTimeoutMs, maxBufferedPoints } = config.collector;
  const { stuckAfterMs } = config.shutdown;
  const name = config.collector.host === '' ? hostname() : config.collector.host;
  const log = context.log.child({ tenant: tenantId });
  await ensureTopics(context);
  const encoder = await new Codecs(context).encoder('ingest.metrics');
  const producer = await startProducer(context);

  const buffer: PointBuffer = new PointBuffer(maxBufferedPoints, (count) => {
    telemetry.dropped(count);
    log.warn({ count }, 'the buffer is full while Kafka is unavailable: the oldest points were dropped');
  });
  const telemetry = collectorTelemetry(context.metrics, () => buffer.size);
  const observer = withFailureLog(telemetry, log);
  let requests = 0;
  const sender = new PointSender(buffer, producer, encoder, (points) => {
    requests += 1;
    telemetry.sent(points);
  });
  health.watch('sending points', { pending: () => buffer.size > 0, done: () => requests });
  const origin = { tenantId, host: name, source: `collector/${name}` };
  const collect = (readings: readonly Reading[], everyMs: Millis) => {
    telemetry.watch(readings);
    const scraper = new Scraper(readings, readTimeoutMs, observer);
    return runSchedule({
      intervalMs: everyMs,
      clock,
      ...{ health, stuckAfterMs: readTimeoutMs + stuckAfterMs },
      signal: stopping,
      onMissed: telemetry.missed,
      work: async (now) => buffer.add(toPoints(await scraper.scrape(), origin, now, randomUUID)),
    });
  };
  const host = { ...hostConfig(config), onLeftOut: telemetry.leftOut };
  const pipeline = pipelineReadings(pipelineConfig(config));
  const running = Promise.all([
    collect(fastReadings(host), intervalMs),
    collect([...slowReadings(host), ...pipeline], slowIntervalMs),
    sender.run(stopping),
  ]).catch((error: unknown) => context.fail(error));

  return async () => {
    await running;
    try {
      await sender.flush();
    } catch (error) {
      log.warn({ error, points: buffer.size }, `stopped before all points were sent: ${messageOf(error)}`);
    }
    await producer.close();
  };
};
