import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { MetricPoint } from '../../schemas/types.js';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { startProducer } from '../../shared/adapters/kafka/produce/producer.js';
import type { Millis } from '../../shared/core/clock.js';
import { messageOf } from '../../shared/core/errors.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { recordKey } from '../../shared/wire/record-key.js';
import { Collect } from './framework/collect.js';
import { PointBuffer } from './framework/point-buffer.js';
import { toPoints } from './framework/points.js';
import { runSchedule } from './framework/schedule.js';
import { collectorTelemetry } from './framework/telemetry.js';
import { fastReadings, type Reading, slowReadings } from './sources/host/read.js';
import { pipelineReading } from './sources/pipeline/read.js';

/** Most points in one request to Kafka. */
const POINTS_PER_SEND = 2_000;

/** The worker `collector`: reads this host and writes points to `ingest.metrics`. */
export const start: StartWorker = async (context) => {
  const { config, clock, log, stopping } = context;
  const { tenantId, intervalMs, slowIntervalMs, readTimeoutMs, maxInstances } = config.collector;
  await ensureTopics(context);
  const encoder = await new Codecs(context).encoder('ingest.metrics');
  const producer = await startProducer(context);

  const buffer: PointBuffer = new PointBuffer(config.collector.maxBufferedPoints, (count) => {
    telemetry.dropped(count);
    log.warn({ count }, 'Kafka is away for too long: the oldest points were dropped');
  });
  const telemetry = collectorTelemetry(context.metrics, () => buffer.size);
  const origin = { tenantId, host: hostname(), source: `collector/${hostname()}` };

  const failing = new Set<string>();
  const observer = {
    done: (reading: string, seconds: number, samples: number) => {
      telemetry.done(reading, seconds, samples);
      if (failing.delete(reading)) log.info({ reading }, `reading ${reading} works again`);
    },
    failed: (reading: string, seconds: number, message: string) => {
      telemetry.failed(reading, seconds, message);
      if (!failing.has(reading)) log.warn({ reading }, `reading ${reading} failed: ${message}`);
      failing.add(reading);
    },
  };
  const collect = (readings: Reading[], everyMs: Millis) => {
    const taking = new Collect(readings, readTimeoutMs, observer);
    return runSchedule({
      intervalMs: everyMs,
      clock,
      signal: stopping,
      onMissed: telemetry.missed,
      work: async (now) => buffer.add(toPoints(await taking.samples(), origin, now, randomUUID)),
    });
  };
  const options = { maxInstances, onLeftOut: telemetry.leftOut };
  const addresses = config.collector.workers.split(',').filter((address) => address !== '');
  const fetchText = async (url: string) =>
    await (await fetch(url, { signal: AbortSignal.timeout(readTimeoutMs) })).text();
  const pipeline = addresses.length === 0 ? [] : [pipelineReading(addresses, fetchText)];

  const send = (points: readonly MetricPoint[]) =>
    producer.send(
      points.map((point) => ({
        topic: 'ingest.metrics',
        key: recordKey(point.tenantId, point.metric),
        value: encoder.encode(point),
      })),
    );
  const sendSome = async () => {
    const points = buffer.take(POINTS_PER_SEND);
    try {
      if (points.length > 0) await send(points);
    } catch (error) {
      buffer.putBack(points);
      throw error;
    }
  };
  const sending = async () => {
    while (!stopping.aborted) {
      await buffer.filled(stopping);
      await sendSome();
    }
  };

  const running = Promise.all([
    collect(fastReadings(options), intervalMs),
    collect([...slowReadings(options), ...pipeline], slowIntervalMs),
    sending(),
  ]).catch((error: unknown) => context.fail(error));

  return async () => {
    await running;
    try {
      while (buffer.size > 0) await sendSome();
    } catch (error) {
      log.warn({ error, points: buffer.size }, `stopped before all points were sent: ${messageOf(error)}`);
    }
    await producer.close();
  };
};
